/**
 * A 53-bit hash of a text as base-36 text: cyrb53 by bryc (public domain). It tells two payloads or
 * two schemas apart; it is no defence against someone who wants a collision.
 */
export function hashText(text: string): string {
  const [h1, h2] = hashPair(text)
  return (4294967296 * (2097151 & h2) + (h1 >>> 0)).toString(36)
}

/** The same as two numbers of 32 bits. */
export function hashPair(text: string): readonly [h1: number, h2: number] {
  // Begun as integers of 32 bits: after a larger first value V8 gives its compiled loop up at each call.
  let h1 = 0xdeadbeef | 0
  let h2 = 0x41c6ce57 | 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    h1 = Math.imul(h1 ^ unit, 2654435761)
    h2 = Math.imul(h2 ^ unit, 1597334677)
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909)
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909)
  return [h1, h2]
}
