import * as v from 'valibot'
import { readObject } from '../../../dev/harness/object-file.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { valueSchema } from '../../../src/protocol/value-schema.ts'
import { follow, type Person } from '../../support/person.ts'
import { differences, type Side } from '../../support/sides.ts'
import type { Stack } from '../../support/stack.ts'
import { comeTo } from './come-to.ts'
import { clientSide, postgresSide } from './compare.ts'
import type { Edited } from './editor.ts'
import { type Event, placeChanges, traceValues } from './judge.ts'
import { ASSIGNEE, type Scene } from './rows.ts'
import type { Written } from './writer.ts'

/** What came of one seed. */
export type SeedResult = {
  /** What the transactions of SQL sessions did to rows, and the entries that the log has of it. */
  readonly changes: number
  readonly events: number
  /** What was written and vanished, in words. */
  readonly lost: readonly string[]
  /** Differences between a client, a fresh client or the log, and Postgres, in words. */
  readonly unequal: readonly string[]
  readonly edits: number
  readonly rejected: number
  readonly rolledBack: number
  readonly repeated: number
  readonly conflicts: number
}

/** Compares what everybody wrote with what there is in the end. */
export async function judge(
  stack: Stack,
  tenant: string,
  { lasting }: Scene,
  people: readonly Person[],
  written: readonly Written[],
  edited: readonly Edited[],
): Promise<SeedResult> {
  const fresh = await follow(stack.member(tenant, 'vic'), `a fresh client of ${tenant}`)
  const sides = [...people, fresh].map((person, index) => clientSide(`client ${index}`, person))
  fresh.close()
  const postgres = await postgresSide(tenant, stack.sql)
  const object = await readObject(stack.objects, tenant)
  const history = await readHistory(stack, tenant)
  const events = history.flatMap(({ seq, outside: external }) => (external ? [{ seq, ...external }] : []))
  // The last change that made everything settle is in the log, and in nobody's book.
  const own = events.filter(({ id, after }) => id !== ASSIGNEE || after['email'] === undefined)
  const changes = written.flatMap(({ transactions }) => transactions.flatMap(comeTo))
  const { placed, faults } = placeChanges(changes, own)
  const clients = edited.flatMap(({ touches }) => touches)
  const seen = new Map(edited.map(({ author, seen }) => [author, seen]))
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  return {
    changes: changes.length,
    events: own.length,
    lost: [
      ...faults,
      ...traceValues([...placed, ...clients], seen, object, underSqlNames(postgres)),
      ...findMiscounts(lasting, postgres, written, edited),
      ...edited.flatMap(({ reverted }) => (reverted > 0 ? [`Postgres refused ${reverted} edits`] : [])),
    ],
    unequal: [
      ...sides.flatMap((side) => differences(side, postgres)),
      ...(sameLog(object.log, history) ? [] : ['the log and the audit history differ']),
    ],
    edits: new Set(clients.map(({ seq }) => seq)).size,
    rejected: sum(edited.map(({ rejected }) => rejected)),
    rolledBack: sum(written.map(({ rolledBack }) => rolledBack)),
    repeated: sum(written.map(({ repeated }) => repeated)),
    conflicts: object.lost.length,
  }
}

const rowSchema = v.record(v.string(), valueSchema)
const historySchema = v.array(
  v.object({
    seq: v.number(),
    actor: v.string(),
    outside: v.nullable(
      v.object({
        op: v.picklist(['insert', 'update', 'delete']),
        table: v.string(),
        id: v.string(),
        before: rowSchema,
        after: rowSchema,
      }),
    ),
  }),
)

type Recorded = { readonly seq: number; readonly actor: string; readonly outside: Omit<Event, 'seq'> | null }

async function readHistory(stack: Stack, tenant: string): Promise<Recorded[]> {
  const query = 'SELECT seq::int, actor, outside FROM tidemark.history WHERE tenant_id = $1 ORDER BY seq'
  return v.parse(historySchema, await stack.sql(query, [tenant]))
}

type Order = readonly { readonly seq: number; readonly actor: string }[]

/** Without gaps, and each entry by the same actor. */
function sameLog(log: Order, history: Order): boolean {
  return (
    log.length === history.length &&
    log.every(
      ({ seq, actor }, index) =>
        seq === index + 1 && history[index]?.seq === seq && history[index].actor === actor,
    )
  )
}

/** Sums of the lasting cards that are not those of all deltas of both sides. */
function findMiscounts(
  lasting: Scene['lasting'],
  postgres: Side,
  written: readonly Written[],
  edited: readonly Edited[],
): string[] {
  const touches = written.flatMap(({ transactions }) => transactions.flat())
  return lasting.flatMap((id) => {
    const external = touches.filter((touch) => touch.id === id)
    const own = edited.flatMap(({ deltas }) => deltas).filter((delta) => delta.id === id)
    const difference = (column: string) =>
      external.reduce(
        (total, { over, wrote }) => total + Number(wrote?.[column] ?? 0) - Number(over?.[column] ?? 0),
        0,
      )
    const reactions = own.reduce((total, delta) => total + delta.reactions, difference('reactions'))
    const pointsWon = own.reduce((total, delta) => total + delta.pointsWon, difference('points_won'))
    const row = postgres.rows.get(`cards ${id}`)
    return [
      ...(row?.['reactions'] === reactions
        ? []
        : [`${id}: ${row?.['reactions']} reactions, not ${reactions}`]),
      ...(row?.['pointsWon'] === pointsWon ? [] : [`${id}: ${row?.['pointsWon']} won, not ${pointsWon}`]),
    ]
  })
}

function underSqlNames({ rows }: Side): ReadonlyMap<string, Row> {
  return new Map([...rows].map(([key, row]) => [key, { ...row, due_on: row['dueOn'] ?? null }]))
}
