import type { Random } from '../../../dev/harness/random.ts'
import type { Invoice } from '../main-job/invoices-csv.ts'

/** A field of an invoice that people write. */
export type Field = 'notes' | 'dueOn' | 'totalCents' | 'reminders' | 'status'

/**
 * One edit: what somebody writes into one field of an invoice. Reminders are counted, so one more is one more; in the
 * notes it is a line below those that are there.
 */
export type Written = {
  readonly person: number
  readonly id: string
  readonly field: Field
  readonly value: string | number
}

/** Whoever draws the work of a round: how many people there are, and how many edits each makes. */
export type Crowd = { readonly people: number; readonly each: number }

/** What people do to an invoice, by how often. Its status moves a few times in its life, the rest is daily work. */
const SHARES: readonly (readonly [Field, number])[] = [
  ['notes', 0.38],
  ['reminders', 0.28],
  ['dueOn', 0.18],
  ['totalCents', 0.1],
  ['status', 0.06],
]

/** Where an invoice goes from where it is, and how often, of 1, it is given up instead. */
const NEXT: Readonly<Record<string, string>> = { draft: 'sent', sent: 'part_paid', part_paid: 'paid' }
const GIVEN_UP = 0.1

/** The record of an invoice. */
export const idOf = ({ number }: Invoice): string => `inv-${number}`

/**
 * Draws what a crowd writes at once: every person a few edits, on invoices that all of them have open. Every value of
 * a plain field is another, so that each can be found again.
 *
 * @param statusOf what an invoice is when they begin; nobody moves one that is over, or that they have moved
 * @param made the edits that were drawn before
 */
export function drawRound(
  random: Random,
  open: readonly Invoice[],
  { people, each }: Crowd,
  statusOf: (id: string) => string | undefined,
  made: number,
): Written[] {
  const moved = new Set<string>()
  // Whoever begins is heard first, as a rule.
  const first = random.whole(0, people - 1)
  return Array.from({ length: people * each }, (_, i): Written => {
    const person = (first + i) % people
    const invoice = open[random.whole(0, open.length - 1)]
    if (!invoice) throw new Error('no invoice is open')
    const id = idOf(invoice)
    const number = made + i + 1
    const next = NEXT[statusOf(id) ?? '']
    const field = drawField(random)
    const canMove = next !== undefined && !moved.has(`${person} ${id}`)
    if (field === 'status' && canMove) {
      moved.add(`${person} ${id}`)
      return { person, id, field, value: random.chance(GIVEN_UP) ? 'void' : next }
    }
    switch (field) {
      case 'reminders':
        return { person, id, field, value: 1 }
      case 'dueOn':
        return { person, id, field, value: dayAfter(invoice.date, number) }
      case 'totalCents':
        return { person, id, field, value: Math.max(invoice.totalCents, 0) + number * 1_000_000_000 }
      default:
        return { person, id, field: 'notes', value: `${number}: called about ${invoice.number}\n` }
    }
  })
}

function drawField(random: Random): Field {
  let left = random.next()
  for (const [field, share] of SHARES) {
    left -= share
    if (left < 0) return field
  }
  return 'notes'
}

function dayAfter(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}
