import * as v from 'valibot'

/** A text, or its parts with how often each is repeated. `$EPOCH`, `$SEQ`, `$TENANT` and `$TOKEN` stand for what the attacker knows. */
const textSchema = v.union([v.string(), v.array(v.tuple([v.string(), v.number()]))])

const tokenSchema = v.strictObject({
  /** The secret that it is signed with; `none` leaves the signature empty. */
  key: v.optional(v.picklist(['people', 'admin', 'nudge', 'weak', 'none']), 'people'),
  header: v.optional(v.record(v.string(), v.unknown()), {}),
  /** In place of those of a good token. */
  claims: v.optional(v.record(v.string(), v.unknown()), {}),
  /** Claims that it is without. */
  without: v.optional(v.array(v.string()), []),
  /** Times as seconds from now. */
  times: v.optional(v.record(v.string(), v.number()), {}),
  /** The payload's text, in place of all these. */
  payload: v.optional(v.string()),
  /** Put before and behind the finished token. */
  before: v.optional(v.string(), ''),
  behind: v.optional(v.string(), ''),
})

const httpSchema = v.strictObject({
  method: v.optional(v.string(), 'GET'),
  path: textSchema,
  headers: v.optional(v.record(v.string(), v.string()), {}),
  body: v.optional(textSchema),
})

const vectorSchema = v.strictObject({
  name: v.string(),
  /** Sent by a session that has said hello. */
  socket: v.optional(textSchema),
  /** Sent by a socket that has not. */
  first: v.optional(textSchema),
  http: v.optional(httpSchema),
  /** The token that comes with it; a good one where there is none, and none where this is null. */
  token: v.optional(v.nullable(tokenSchema)),
  /** What is answered: `closed 4400 bad-frame`, `rejected bad-id`, `error bad-query`, `401 unauthenticated`, `nothing`. */
  verdict: v.string(),
})

export type Vector = v.InferOutput<typeof vectorSchema>
export type TokenForm = v.InferOutput<typeof tokenSchema>

/** Hostile input by category, each with its verdict. */
export function readVectors(): Map<string, Vector[]> {
  const files = import.meta.glob<string>('../vectors/*.jsonl', {
    query: '?raw',
    import: 'default',
    eager: true,
  })
  return new Map(
    Object.entries(files).map(([path, text]) => [
      path.replace(/^.*\/|\.jsonl$/g, ''),
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => v.parse(vectorSchema, JSON.parse(line))),
    ]),
  )
}

/** The whole of a text. */
export const wholeText = (text: v.InferOutput<typeof textSchema>): string =>
  typeof text === 'string' ? text : text.map(([part, times]) => part.repeat(times)).join('')
