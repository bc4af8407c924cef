/** A frame as its text says it: a list that begins with its kind. */
export type Frame = readonly unknown[]

/** The parts of a frame that a hub looks at, by their names. */
export type Fields = Readonly<Record<string, unknown>>

/** Reads a frame; what is none is the reader's at the end to judge. */
export function readFrame(text: string): Frame {
  try {
    const read: unknown = JSON.parse(text)
    return Array.isArray(read) ? read : []
  } catch {
    return []
  }
}

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
