import { Random } from '../../../dev/harness/random.ts'
import type { Invoice } from './invoices-csv.ts'

/** Which of the two writing clients. */
export type Writer = 0 | 1

/** One edit on an invoice, after it has been inserted. */
export type Step =
  | { readonly do: 'send'; readonly by: Writer }
  | {
      readonly do: 'pay'
      readonly by: Writer
      readonly id: string
      readonly cents: number
      readonly on: string
    }
  | { readonly do: 'remind'; readonly by: Writer }
  | { readonly do: 'note'; readonly by: Writer; readonly text: string }
  | { readonly do: 'due'; readonly by: Writer; readonly on: string }
  | { readonly do: 'void'; readonly by: Writer }

/** An invoice's life: inserted by one client, then stages; the steps of one stage do not wait for each other. */
export type Life = {
  readonly id: string
  readonly contactId: string
  readonly invoice: Invoice
  readonly inserter: Writer
  readonly stages: readonly (readonly Step[])[]
}

/**
 * Derives from each invoice what happens to it: it is sent, reminded of, noted upon, paid in up to
 * three parts or voided. In a part of the lives both clients act in one stage, without sight of each
 * other: payments and reminders add up, different fields merge, and of two due dates one stays.
 */
export function planLives(invoices: readonly Invoice[], seed: number): Life[] {
  const random = new Random(seed)
  return invoices.map((invoice) => ({
    id: `inv-${invoice.number}`,
    contactId: `con-${invoice.customer}`,
    invoice,
    // One customer's invoices start at one client, so that nobody inserts a contact twice.
    inserter: new Random(hashOf(invoice.customer)).chance(0.5) ? 0 : 1,
    stages: planStages(invoice, random),
  }))
}

function planStages(invoice: Invoice, random: Random): Step[][] {
  const anyone = (): Writer => (random.chance(0.5) ? 0 : 1)
  if (random.chance(0.05)) return []
  const send: Step = { do: 'send', by: anyone() }
  if (random.chance(0.03)) return [[send], [{ do: 'void', by: anyone() }]]
  const later: Step[] = []
  if (random.chance(0.3)) later.push({ do: 'note', by: anyone(), text: `Called about ${invoice.number}` })
  if (random.chance(0.2)) later.push({ do: 'remind', by: 0 }, { do: 'remind', by: 1 })
  if (random.chance(0.1)) {
    later.push(
      { do: 'due', by: 0, on: addDays(invoice.date, 14) },
      { do: 'due', by: 1, on: addDays(invoice.date, 30) },
    )
  }
  const payments = splitTotal(invoice.totalCents, random).map(
    (cents, index): Step => ({
      do: 'pay',
      by: anyone(),
      id: `pay-${invoice.number}-${index + 1}`,
      cents,
      on: addDays(invoice.date, 7 * (index + 1)),
    }),
  )
  // Half of the lives have everything at once, the others one thing after another.
  return random.chance(0.5)
    ? [[send], [...later, ...payments]]
    : [[send], later, ...payments.map((payment) => [payment])]
}

/** Nothing, a part, or all of the total, in up to three payments. */
function splitTotal(total: number, random: Random): number[] {
  if (total <= 0 || random.chance(0.1)) return []
  const paid = random.chance(0.85) ? total : Math.max(1, Math.floor(total * random.next()))
  const parts = Math.min(random.pick([1, 1, 1, 2, 3]), paid)
  const share = Math.floor(paid / parts)
  return Array.from({ length: parts }, (_, index) => (index === 0 ? paid - share * (parts - 1) : share))
}

function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

function hashOf(text: string): number {
  let hash = 7
  for (const character of text) hash = (Math.imul(hash, 31) + (character.codePointAt(0) ?? 0)) >>> 0
  return hash
}
