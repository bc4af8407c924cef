import * as v from 'valibot'
import { editSchema } from '../../../src/protocol/edit.ts'
import { querySchema } from '../../../src/protocol/query.ts'
import { PRIORITIES } from '../../../src/protocol/up/priority.ts'
import { valueSchema } from '../../../src/protocol/value-schema.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import { REPRO_VERSION, type Repro } from '../trace/repro.ts'

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const at = v.number()
const nested = v.exactOptional(v.literal(true))
const error = v.object({ code: v.string(), message: v.string() })
const status = v.exactOptional(v.number())

const connection = v.object({
  state: v.picklist([
    'offline',
    'connecting',
    'catching-up',
    'live',
    'needs-auth',
    'update-required',
    'closed',
  ]),
  pending: count,
  cause: v.exactOptional(error),
  unsent: v.exactOptional(count),
  held: v.exactOptional(count),
  stalled: v.exactOptional(v.string()),
  delayed: v.exactOptional(v.picklist(['postgres-away', 'parked'])),
  persistence: v.exactOptional(v.string()),
})

const progress = { n: count, progress: v.string(), error: v.exactOptional(error) }

const event = v.variant('is', [
  v.object({ at, is: v.literal('timer'), ms: v.number(), nth: count }),
  v.object({ at, is: v.literal('turn'), nth: count }),
  v.object({ at, is: v.picklist(['woke', 'hidden']) }),
  v.object({ at, is: v.literal('opened'), socket: count, subprotocol: v.string() }),
  v.object({ at, is: v.picklist(['up', 'down']), socket: count, text: v.string(), size: count }),
  v.object({ at, is: v.literal('closed'), socket: count, code: count }),
  v.object({ at, is: v.literal('token'), ask: count, token: v.nullable(count) }),
  v.object({ at, is: v.literal('no-token'), ask: count, message: v.string(), status }),
  v.object({ at, is: v.literal('loaded'), error: v.exactOptional(v.string()) }),
  v.object({ at, is: v.literal('edit'), nested, edit: editSchema }),
  v.object({
    at,
    is: v.literal('ask'),
    nested,
    ask: count,
    key: v.string(),
    query: querySchema,
    priority: v.picklist(PRIORITIES),
  }),
  v.object({
    at,
    is: v.literal('subscribe'),
    nested,
    listener: count,
    ask: count,
    key: v.string(),
    lingers: v.boolean(),
  }),
  v.object({ at, is: v.picklist(['unsubscribe', 'unwatch']), nested, listener: count }),
  v.object({
    at,
    is: v.literal('watch'),
    nested,
    listener: count,
    pattern: v.string(),
    level: v.picklist(['accepted', 'committed']),
  }),
  v.object({
    at,
    is: v.literal('preload'),
    nested,
    query: querySchema,
    columns: v.array(v.string()),
    rows: v.array(v.array(valueSchema)),
  }),
  v.object({ at, is: v.picklist(['equip-texts', 'retry', 'close', 'send']), nested }),
  v.object({ at, is: v.picklist(['socket', 'hung-up']), socket: count }),
  v.object({ at, is: v.literal('connection'), connection }),
  v.object({ at, is: v.literal('progress'), ...progress }),
  v.object({ at, is: v.literal('shown'), listener: count, key: v.string(), status: v.string(), rows: count }),
  v.object({ at, is: v.literal('invalidated'), listener: count, tags: v.array(v.string()) }),
  v.object({ at, is: v.picklist(['error', 'refused']), error }),
  v.object({ at, is: v.literal('random'), value: v.number() }),
  v.object({ at, is: v.literal('id'), id: v.string() }),
  v.object({
    at,
    is: v.literal('around'),
    around: v.object({ online: v.boolean(), visible: v.boolean(), signs: v.boolean() }),
  }),
  v.object({ at, is: v.literal('saved'), n: count }),
  v.object({ at, is: v.literal('resync') }),
])

const form: v.GenericSchema<unknown, Repro> = v.object({
  repro: v.literal(REPRO_VERSION),
  protocol: count,
  began: v.number(),
  madeOf: v.object({
    client: v.string(),
    tenant: v.string(),
    parts: v.array(v.string()),
    disk: v.boolean(),
  }),
  masked: v.boolean(),
  whole: v.boolean(),
  events: v.array(event),
  end: v.object({
    connection,
    edits: v.array(v.object(progress)),
    queries: v.array(
      v.object({ key: v.string(), status: v.string(), rows: v.array(v.record(v.string(), valueSchema)) }),
    ),
  }),
})

/** A repro that can be replayed. Throws a TypeError with a sentence for anything else. */
export function readRepro(given: unknown): Repro {
  const repro = typeof given === 'string' ? parsed(given) : given
  // As it was given, and not as the schema makes it anew: what goes up is compared by its text, keys in their order.
  if (!isRepro(repro)) throw new TypeError(`This is no repro of the devtools: ${faultOf(repro)}.`)
  const reason = whyNot(repro)
  if (reason !== undefined) throw new TypeError(`This repro cannot be replayed: ${reason}`)
  return repro
}

function isRepro(given: unknown): given is Repro {
  return v.is(form, given)
}

function faultOf(given: unknown): string {
  const [issue] = v.safeParse(form, given).issues ?? []
  return issue ? `${issue.message} at ${v.getDotPath(issue) ?? 'the top'}` : 'it has another form'
}

function whyNot({ protocol, madeOf, whole }: Repro): string | undefined {
  if (protocol !== PROTOCOL_VERSION)
    return `it is of protocol ${protocol}, and this client speaks ${PROTOCOL_VERSION}; take the client of its time.`
  if (!whole) return 'its beginning was let go of; record again with a larger "keep".'
  if (madeOf.disk)
    return 'its client began with what a disk held, which it does not have; record again without persist.'
  return undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
