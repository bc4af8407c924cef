import * as v from 'valibot'
import { clientIdSchema, epochSchema, seqSchema } from '../../protocol/id-schemas.ts'
import type { Query } from '../../protocol/query.ts'
import type { Subscribe } from '../../protocol/up/subscribe.ts'
import type { Up } from '../../protocol/up/up.ts'
import { type IdOf, positions } from './positions.ts'

/** Characters of a resume token that came from outside. A real one is far shorter. */
const MAX_RESUME_TOKEN_LENGTH = 200

/** Speaks for a reader that says nothing itself. */
export type PlainReader = {
  readonly begin: readonly Up[]
  readonly idOf: IdOf
  /** What has to be said to go on after a frame. */
  readonly answerTo: (frame: string) => Up | undefined
}

/**
 * A reader that is shown one query, as a client of its own. What an event's id tells is enough to go on from
 * there: nothing is lost and nothing repeated. An id that does not fit brings a snapshot.
 */
export function plainReader(
  query: Query,
  { lastEventId, version }: { readonly lastEventId: string | null; readonly version: number },
): PlainReader {
  const held = v.safeParse(heldSchema, lastEventId?.split('/'))
  const client = held.success ? held.output[2] : crypto.randomUUID().replaceAll('-', '')
  const hello = { protocol: version, client, acknowledged: 0, unsettled: 1 }
  const subscribe = (resume?: Subscribe['resume']): Up => [
    'subscribe',
    { id: 1, query, ...(resume && { resume }) },
  ]
  const resume = held.success
    ? { epoch: held.output[0], seq: held.output[1], resumeToken: held.output[3] }
    : undefined
  const idOf = positions(version, (place, resumeToken) => `${place}/${client}/${resumeToken}`)
  let isWhole = false
  return {
    begin: [['hello', hello], subscribe(resume)],
    idOf: (frame) => {
      const id = idOf(frame)
      if (frame.startsWith('["view"')) isWhole = frame.includes('"resumed":true')
      if (frame.startsWith('["evicted"')) isWhole = false
      if (frame.startsWith('["page"') && id !== undefined) isWhole = true
      // Between the pages of a snapshot a reader holds a part of it, from which there is no going on.
      return isWhole ? id : undefined
    },
    answerTo: (frame) => (frame.startsWith('["reset"') ? subscribe() : undefined),
  }
}

/** What an event's id tells: the log, the place in it, who the reader is, and the resume token of its view. */
const heldSchema = v.tuple([
  epochSchema,
  v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number), seqSchema),
  clientIdSchema,
  v.pipe(v.string(), v.maxLength(MAX_RESUME_TOKEN_LENGTH)),
])
