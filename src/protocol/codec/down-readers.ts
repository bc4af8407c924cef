import { COLUMN_TYPES } from '../column-types.ts'
import type { Down } from '../down/down.ts'
import { unpackRows } from '../down/packed-rows.ts'
import { errorForm as error } from '../error-form.ts'
import { EPOCH, NAME } from '../ids.ts'
import { MAX_DEADLINE_MS } from '../limits.ts'
import {
  either,
  flag,
  is,
  like,
  list,
  maybe,
  number,
  object,
  oneOf,
  orNull,
  record,
  type Shape,
  such,
  text,
  tuple,
  whole,
} from '../shape.ts'
import { anyValue, type Value } from '../value.ts'

/** Reads a frame: in the words of today; or the path to what has not the form of its kind. */
type Reader = (parsed: unknown) => Down | string

export type Readers = Readonly<Record<string, Reader>>

const read =
  <T>(shape: Shape<T>, today: (frame: T) => Down): Reader =>
  (parsed) =>
    is(shape, parsed) ? today(parsed) : (shape(parsed) ?? '')

/** A frame whose form is that of today. */
const asIs = (shape: Shape<Down>): Reader => read(shape, (frame) => frame)

const kind = <const Kind extends string>(name: Kind) => oneOf(name)

const name = like(NAME)
const epoch = like(EPOCH)
const seq = whole()
const editNumber = whole(1)
const yes = oneOf(true)
/** Whatever JSON may hold is a value. */
const values = such<Value[]>(Array.isArray)
const revert = object({ n: editNumber, seq, error })
const verdict = either(
  object({ is: kind('accepted'), n: editNumber, seq }, { committed: yes }),
  object({ is: kind('rejected'), n: editNumber, error }),
  object({ is: kind('reverted'), n: editNumber, seq, error }),
)
const delayed = object({ cause: oneOf('postgres-away', 'parked'), since: number, waiting: whole() })

const states = object({ kind: kind('states'), transitions: record(list(text)) })
const policy = either(
  object({ kind: oneOf('lww', 'counter', 'immutable', 'max', 'min', 'set', 'ask', 'merge', 'text') }),
  states,
  object({ kind: kind('effect'), of: oneOf('lww', 'counter', 'max', 'min') }),
)
const policy6 = either(
  object({ kind: oneOf('lww', 'counter', 'immutable') }),
  states,
  object({ kind: kind('effect'), of: oneOf('lww', 'counter') }),
)

type Policies = typeof policy | typeof policy6

const columnType = oneOf(...COLUMN_TYPES)

const collection = (policies: Policies) =>
  object(
    {
      name,
      columns: list(
        object(
          { name, type: columnType, nullable: flag, policy: policies },
          { default: anyValue, values: list(text) },
        ),
      ),
      insertOnly: flag,
      deletes: oneOf('win', 'lose'),
    },
    {
      durability: kind('committed'),
      deadlineMs: such<number>((given) => is(whole(1), given) && given <= MAX_DEADLINE_MS),
    },
  )

const welcome = (policies: Policies) =>
  tuple(
    kind('welcome'),
    object(
      {
        protocol: number,
        session: text,
        owner: text,
        epoch,
        seq,
        committed: seq,
        known: whole(),
        reverts: list(revert),
        manifestHash: text,
        expiresAt: number,
      },
      { manifest: object({ hash: text, collections: list(collection(policies)) }), delayed, now: number },
    ),
  )

const view = { subscription: whole(), view: whole(), columns: list(name) }

const patch = such<[string, ...Value[]]>((given) => Array.isArray(given) && typeof given[0] === 'string')
const parts = list(tuple(whole(), list(patch), maybe(list(values)), maybe(list(text))))
const rows = tuple(kind('rows'), seq, seq, parts, maybe(number))
const rows7 = tuple(kind('rows'), seq, seq, parts)

const place = either(
  text,
  object({ collection: name, id: text }, { field: name, cursor: tuple(whole(), whole()) }),
)
const peer = object(
  { subject: text, name: text, places: list(place) },
  { claims: record(either(text, number, flag)) },
)
const manuscript = object({ lineage: text, update: text, hash: text }, { whole: yes })

const touched = { epoch, seq, tags: list(text) }

/** Until version 7 an interval says nothing of a clock. */
const timeless = read(rows7, (told) => unpackRows([...told, undefined]))

const common = {
  page: asIs(
    tuple(kind('page'), object({ view: whole(), seq, rows: list(values), last: flag, total: number })),
  ),
  rows: read(rows, unpackRows),
  receipt: asIs(tuple(kind('receipt'), list(verdict))),
  evicted: asIs(tuple(kind('evicted'), object({ subscription: whole() }))),
  digest: asIs(tuple(kind('digest'), seq, list(tuple(whole(), number, text)))),
  aside: asIs(tuple(kind('aside'), object({ collection: name, records: list(tuple(text, orNull(text))) }))),
  committed: asIs(tuple(kind('committed'), seq)),
  expiring: asIs(tuple(kind('expiring'), object({ expiresAt: number }))),
  health: asIs(tuple(kind('health'), orNull(delayed))),
  progress: asIs(tuple(kind('progress'), object({ collection: name, done: number, total: number }))),
  reset: asIs(tuple(kind('reset'), object({ epoch, reason: text }))),
  error: asIs(tuple(kind('error'), error)),
}

const today: Readers = {
  ...common,
  welcome: asIs(welcome(policy)),
  view: asIs(tuple(kind('view'), object({ ...view, resumeToken: text }, { resumed: yes }))),
  invalidate: asIs(tuple(kind('invalidate'), object(touched, { watched: yes }))),
  peers: asIs(
    tuple(
      kind('peers'),
      object({ signs: flag }, { all: yes, peers: list(peer), gone: list(text), again: yes }),
    ),
  ),
  text: asIs(tuple(kind('text'), whole(), either(object({ manuscript }), object({ error })))),
}

const of7: Readers = { ...today, rows: timeless }

const of6: Readers = {
  ...common,
  rows: timeless,
  welcome: asIs(welcome(policy6)),
  invalidate: asIs(tuple(kind('invalidate'), object(touched))),
  view: read(
    tuple(kind('view'), object({ ...view, seal: text }, { resumed: yes })),
    ([word, { seal, ...told }]) => [word, { ...told, resumeToken: seal }],
  ),
}

/** Readers for the frames of a server that speaks a version, by kind. */
export function downReadersOf(version: number): Readers {
  if (version === 6) return of6
  return version === 7 ? of7 : today
}
