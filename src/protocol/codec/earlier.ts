import * as v from 'valibot'
import type { Down } from '../down/down.ts'
import { packRows, type Rows } from '../down/packed-rows.ts'
import { addSchema, deleteSchema, editSchema, insertSchema, setSchema, updateSchema } from '../edit.ts'
import { epochSchema, nameSchema, seqSchema, smallNumberSchema } from '../id-schemas.ts'
import { MAX_EDITS_PER_PUSH, MAX_OPS_PER_EDIT } from '../limits.ts'
import type { Manifest, Policy } from '../manifest.ts'
import { authSchema } from '../up/auth.ts'
import { helloSchema } from '../up/hello.ts'
import { PRIORITIES } from '../up/priority.ts'
import { pushSchema } from '../up/push.ts'
import { type Subscribe, unsubscribeSchema } from '../up/subscribe.ts'
import { type Up, upSchemas } from '../up/up.ts'
import { unwatchSchema, watchSchema } from '../up/watch.ts'
import type { SchemasOf } from './decoded.ts'
import type { Policy6 } from './earlier-down.ts'

/**
 * Earlier versions that are still spoken: this file knows their words, `earlier-down.ts` the forms of what their
 * servers say, and `earlier-words.ts` and `down-readers.ts` those that a client needs. A peer's frame leaves it in today's form, and a frame of today leaves it in the peer's:
 *
 *   text -> codec -> [ the peer's schema, then today's form ] -> session, core, replica
 *   text <- codec <- [ the peer's form                      ] <- session, core, replica
 *
 * To make version N + 1: change the schemas in `up` and `down`; move `PROTOCOL_VERSION` with a line of history, a
 * fingerprint and a folder of golden frames; and write here or there, for every frame that changed, its schema as it was
 * in N, and the way there and back. The fingerprint of N then shows that it is spoken as it always was. What N
 * cannot say has to be left out, or be said otherwise; what it does not say has to have a default. A new error
 * code, column type or policy changes every frame that carries one: a client of N does not know it.
 *
 * Fixed for all versions are: a frame is an array that begins with its kind; a hello has its number as `protocol`;
 * `push` and `subscribe` are called so, and the latter has a `query`; pages have today's form, because their rows
 * are text before it is known who reads them; the Worker finds the epoch of `welcome` and `reset`, and the cursor
 * of `rows` and `page`, in their text.
 *
 * To raise the floor: move `MIN_PROTOCOL_VERSION`, and delete here and among the golden frames what is below it.
 */

/** Schemas for the frames of a client that speaks a version. */
export function upSchemasOf(version: number): SchemasOf<Up> {
  if (version === 6) return upSchemas6
  return version === 7 ? upSchemas7 : upSchemas
}

/** A frame as a client that speaks a version takes it: the very same where it has not changed since. */
export function downIn(version: number, frame: Down): unknown {
  if (version > 7) return frame
  const known = downIn7(frame)
  const form = version === 6 ? downIn6(known) : known
  return form === known && known !== frame && known[0] === 'rows' ? packRows(known) : form
}

/** Spoken by whoever has been let in by a Worker that does not say which versions its client offers. */
export const UNNAMED_VERSION = 6

const subscribe6 = v.tuple([
  v.literal('subscribe'),
  v.object({
    id: smallNumberSchema,
    query: v.unknown(),
    priority: v.optional(v.picklist(PRIORITIES)),
    resume: v.optional(v.object({ epoch: epochSchema, seq: seqSchema, seal: v.string() })),
  }),
])

const seen6 = v.tuple([v.literal('seen'), v.pipe(v.number(), v.safeInteger(), v.minValue(0))])

const { metrics: _metrics, ...upSchemas7 } = upSchemas

// The same keys in the same places: the hash of an edit is that of its text, in whatever version it comes.
const update6 = v.strictObject({
  ...updateSchema.entries,
  fields: v.record(nameSchema, v.union([setSchema, addSchema])),
})

const { upsert: _upsert, blind: _blind, asOf: _asOf, ...inserted6 } = insertSchema.entries

const op6 = v.variant('op', [v.strictObject(inserted6), update6, deleteSchema])

const edit6 = v.strictObject({
  ...editSchema.entries,
  ops: v.pipe(v.array(op6), v.minLength(1), v.maxLength(MAX_OPS_PER_EDIT)),
})

const [pushWord, acknowledged] = pushSchema.items

const push6 = v.tuple([
  pushWord,
  acknowledged,
  v.pipe(v.array(edit6), v.minLength(1), v.maxLength(MAX_EDITS_PER_PUSH)),
])

const upSchemas6 = {
  hello: helloSchema,
  subscribe: v.pipe(
    subscribe6,
    v.transform(([kind, { resume, ...asked }]): ['subscribe', Subscribe] => {
      if (!resume) return [kind, asked]
      const { seal, ...held } = resume
      return [kind, { ...asked, resume: { ...held, resumeToken: seal } }]
    }),
  ),
  unsubscribe: unsubscribeSchema,
  watch: watchSchema,
  unwatch: unwatchSchema,
  seen: v.pipe(
    seen6,
    v.transform(([, characters]): Up => ['read-ack', characters]),
  ),
  push: push6,
  auth: authSchema,
}

function downIn7(frame: Down): Down {
  if (frame[0] === 'welcome' && frame[1].now !== undefined) {
    const { now: _, ...told } = frame[1]
    return [frame[0], told]
  }
  if (frame[0] !== 'rows' || frame[4] === undefined) return frame
  const [kind, from, to, parts] = frame
  return [kind, from, to, parts]
}

function withWholeTexts([kind, from, to, parts]: Rows): Rows {
  return [kind, from, to, parts.map(([view, puts, patches, leaves]) => [view, puts, patches, leaves])]
}

function downIn6(frame: Down): unknown {
  if (frame[0] === 'rows')
    return frame[3].some(([, , , , texts]) => texts) ? packRows(withWholeTexts(frame)) : frame
  if (frame[0] === 'welcome') return frame[1].manifest ? welcomeIn6(frame, frame[1].manifest) : frame
  if (frame[0] === 'invalidate') {
    const { watched, ...told } = frame[1]
    return watched ? [frame[0], told] : frame
  }
  if (frame[0] !== 'view') return frame
  const { subscription, view, columns, resumeToken, ...more } = frame[1]
  return ['view', { subscription, view, columns, seal: resumeToken, ...more }]
}

/**
 * Policies that version 6 does not know are told as `lww`: its client sets such a field, and the object merges.
 * That manifest has a hash of its own, so that a page which speaks 7 later is told the other; one of version 6 is
 * told it with each welcome.
 */
function welcomeIn6(frame: Extract<Down, readonly ['welcome', unknown]>, manifest: Manifest): unknown {
  const collections = manifest.collections.map((collection) => ({
    ...collection,
    columns: collection.columns.map((column) => ({ ...column, policy: policyIn6(column.policy) })),
  }))
  if (JSON.stringify(collections) === JSON.stringify(manifest.collections)) return frame
  const hash = `${manifest.hash}-6`
  return ['welcome', { ...frame[1], manifestHash: hash, manifest: { hash, collections } }]
}

function policyIn6(policy: Policy): Policy6 {
  switch (policy.kind) {
    case 'max':
    case 'min':
    case 'set':
    case 'ask':
    case 'merge':
    case 'text':
      return { kind: 'lww' }
    case 'effect':
      return { kind: 'effect', of: policy.of === 'counter' ? 'counter' : 'lww' }
    default:
      return policy
  }
}
