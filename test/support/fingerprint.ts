/**
 * The structure of a schema as data: kinds, keys and the arguments of every check. Functions are
 * left out, because a function's text changes with the compiler and not with the protocol.
 */
export function structure(schema: unknown): unknown {
  return plain(schema)
}

/** What valibot adds for its own use and what says nothing about the accepted input. */
const IGNORED = new Set(['~standard', '~run', 'reference', 'expects', 'async', 'message', 'lang'])

function plain(node: unknown): unknown {
  if (node instanceof RegExp) return String(node)
  if (Array.isArray(node)) return node.map(plain)
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node)
    .filter(([key, value]) => !IGNORED.has(key) && typeof value !== 'function')
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, value]) => [key, plain(value)]))
}
