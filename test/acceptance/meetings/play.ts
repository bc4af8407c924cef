import { Random } from '../../../dev/harness/random.ts'
import type { Stack } from '../../../dev/invoices/stack.ts'
import { app } from '../../../examples/invoices/sync.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { Invoice } from '../main-job/invoices-csv.ts'
import { areBothTold, Crowd, nameOf, TENANT } from './crowd.ts'
import { drawRound, idOf } from './draw.ts'
import { keyOf, type Lost, linesMissing, lostIn, meetingsOf } from './meet.ts'
import { type Restored, restoreAll } from './restore.ts'

/** How much is played. */
export type Extent = {
  readonly people: number
  /** Edits that each person makes before seeing those of the others. */
  readonly each: number
  readonly rounds: number
  /** Invoices that all have open at a time; one after the other is done, and the next of the file comes. */
  readonly open: number
  readonly seed: number
}

/** What came of it. */
export type Played = {
  edits: number
  /** Writes that met what somebody else had written, unseen, by the field's policy. */
  readonly meetings: Record<string, number>
  /** Of these, those that are left to a person. */
  readonly asked: Record<string, number>
  /** Values that lost: those that have to, by the order of the edits, and those that are kept. */
  lost: number
  told: number
  /** Losses that are to be kept and are not. */
  missing: number
  /** Lines of notes that somebody has written and somebody does not see. */
  unseen: number
  restored: Restored
}

/** Twenty people, or so, work on the same few invoices without seeing each other's edits, and then restore what they lost. */
export async function playMeetings(
  stack: Stack,
  invoices: readonly Invoice[],
  extent: Extent,
  report: (line: string) => void,
): Promise<Played> {
  const { people, rounds, open, seed } = extent
  const random = new Random(seed)
  const crowd = await Crowd.gather(stack, people)
  const played: Omit<Played, 'restored'> = {
    ...{ edits: 0, lost: 0, told: 0, missing: 0, unseen: 0 },
    ...{ meetings: {}, asked: {} },
  }
  const known = new Set<string>()
  let taken = 0
  const atHand: Invoice[] = []
  const next = () => {
    const invoice = invoices[taken++ % invoices.length]
    if (!invoice) throw new Error('there is no invoice in the file')
    atHand.push(invoice)
    return crowd.db(0).transaction((tx) => {
      const contactId = `con-${invoice.customer}`
      if (!tx.contacts.get(contactId))
        tx.contacts.insert({ id: contactId, name: `Customer ${invoice.customer}` })
      const { number, totalCents } = invoice
      tx.invoices.insert({ id: idOf(invoice), number, contactId, totalCents: Math.max(totalCents, 0) })
    })
  }
  for (let round = 0; round < rounds; round++) {
    while (atHand.length < open) await next().accepted
    await crowd.catchUp()
    const statusOf = (id: string) => crowd.db(0).invoices.get(id)?.status
    const placed = await crowd.write(drawRound(random, atHand, extent, statusOf, played.edits))
    await crowd.catchUp()
    played.edits += placed.length
    const meetings = meetingsOf(placed)
    for (const { later } of meetings) count(played.meetings, policyOf(later.field))
    const told = crowd.told()
    const expected = lostIn(meetings, nameOf)
    const kept = await keptIn(stack, known)
    const keptKeys = new Set(kept.map(keyOf))
    for (const { asked, field } of kept) if (asked) count(played.asked, policyOf(field))
    const all = new Map<string, Lost>([...expected, ...kept].map((lost) => [keyOf(lost), lost]))
    played.lost += all.size
    played.missing += expected.filter((lost) => !keptKeys.has(keyOf(lost))).length
    played.told += [...all.values()].filter((lost) => areBothTold(lost, told, people)).length
    for (const { db } of crowd.people)
      played.unseen += linesMissing(placed, (id) => db.invoices.get(id)?.notes ?? '')
    // The oldest is done with.
    atHand.shift()
    if (round % 10 === 9)
      report(`${played.edits} edits, ${played.lost} lost, of ${played.told} both are told`)
  }
  const restored = await restoreAll(crowd, report)
  crowd.close()
  return { ...played, restored }
}

/** What Postgres has as lost that was not known yet. */
async function keptIn(stack: Stack, known: Set<string>): Promise<(Lost & { asked: boolean })[]> {
  const rows = await stack.sql(
    `SELECT id, record, field, asked, loser -> 'value' AS value, winner_by, loser_by
     FROM tidemark.conflict WHERE tenant_id = $1`,
    [TENANT],
  )
  const fresh = rows.filter(({ id }) => !known.has(String(id)))
  for (const { id } of fresh) known.add(String(id))
  return fresh.map((row: Row) => ({
    id: String(row['record']),
    field: String(row['field']),
    value: row['value'],
    loser: String(row['loser_by']),
    winner: String(row['winner_by']),
    asked: row['asked'] === true,
  }))
}

function policyOf(field: string): string {
  const invoices = app.manifest.collections.find(({ name }) => name === 'invoices')
  const column = invoices?.columns.find(({ name }) => name === field)
  if (!column) throw new Error(`an invoice has no ${field}`)
  return column.policy.kind
}

function count(counts: Record<string, number>, field: string): void {
  counts[field] = (counts[field] ?? 0) + 1
}
