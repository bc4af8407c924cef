import type { InferInsertModel } from 'drizzle-orm'
import type { contacts, invoices, payments } from '../schema.ts'

type Books = {
  contacts: InferInsertModel<typeof contacts>[]
  invoices: InferInsertModel<typeof invoices>[]
  payments: InferInsertModel<typeof payments>[]
}

const FIRST = [
  'Hazel',
  'Quentin',
  'Priya',
  'Tomas',
  'Ines',
  'Leon',
  'Maud',
  'Okan',
  'Rosa',
  'Silvan',
  'Uma',
  'Yusuf',
]
const LAST = [
  'Archer',
  'Brandt',
  'Costa',
  'Dunn',
  'Ekholm',
  'Fairfax',
  'Grieg',
  'Hurst',
  'Ivers',
  'Jansen',
  'Kemp',
  'Lowell',
]
const TRADES = [
  'Bakery',
  'Books',
  'Bikes',
  'Ceramics',
  'Florists',
  'Joinery',
  'Optics',
  'Roasters',
  'Tailors',
  'Wines',
]
const CITIES = [
  'Bristol',
  'Leeds',
  'York',
  'Cardiff',
  'Glasgow',
  'Norwich',
  'Exeter',
  'Derby',
  'Bath',
  'Lincoln',
]
const NOTES = [
  '',
  '',
  '',
  'Deliver to the rear entrance.',
  'Agreed by telephone.',
  'Second order this quarter.',
]

/** The first day that an invoice can be due. Fixed, so that the books are the same on every machine. */
const FIRST_DUE = Date.UTC(2026, 0, 5)
const DAY_MS = 86_400_000
const DUE_SPREAD_DAYS = 330

/** Makes a small business's books: amounts in cents, and every invoice's paid amount the sum of its payments. */
export function makeBooks(tenant: {
  tenantId: string
  contacts: number
  invoices: number
  seed: number
}): Books {
  const { tenantId } = tenant
  const random = randomFrom(tenant.seed)
  const below = (bound: number) => Math.floor(random() * bound)
  const pick = <const Item>(items: readonly [Item, ...Item[]]): Item => items[below(items.length)] ?? items[0]
  const books: Books = { contacts: [], invoices: [], payments: [] }
  for (let i = 1; i <= tenant.contacts; i++) {
    const last = LAST[below(LAST.length)] ?? ''
    const name =
      random() < 0.5 ? `${FIRST[below(FIRST.length)]} ${last}` : `${last} ${TRADES[below(TRADES.length)]}`
    const email = `${name.toLowerCase().replaceAll(' ', '.')}@example.com`
    books.contacts.push({
      tenantId,
      id: numbered('contact', i),
      name,
      email,
      city: CITIES[below(CITIES.length)] ?? '',
    })
  }
  for (let i = 1; i <= tenant.invoices; i++) {
    const id = numbered('invoice', i)
    const totalCents = 500 + below(400_000)
    const dueDay = below(DUE_SPREAD_DAYS)
    const status = pick(['draft', 'sent', 'sent', 'part_paid', 'paid', 'paid', 'paid', 'void'])
    const paidCents = status === 'paid' ? totalCents : status === 'part_paid' ? 1 + below(totalCents - 1) : 0
    // A larger sum often comes in two payments.
    const first = paidCents > 1 && random() < 0.3 ? 1 + below(paidCents - 1) : paidCents
    for (const [part, amountCents] of [first, paidCents - first].filter((cents) => cents > 0).entries()) {
      const paidOn = dayAfter(dueDay - 10 + 7 * part)
      books.payments.push({
        tenantId,
        id: `${id}-${part + 1}`,
        invoiceId: id,
        amountCents,
        method: pick(['bank', 'bank', 'card', 'cash']),
        paidOn,
      })
    }
    books.invoices.push({
      tenantId,
      id,
      number: `2026-${String(i).padStart(4, '0')}`,
      contactId: numbered('contact', 1 + below(tenant.contacts)),
      status,
      totalCents,
      paidCents,
      reminders: status === 'sent' ? below(3) : 0,
      notes: NOTES[below(NOTES.length)] ?? '',
      dueOn: status === 'draft' ? null : dayAfter(dueDay),
    })
  }
  return books
}

function numbered(kind: string, i: number): string {
  return `${kind}-${String(i).padStart(4, '0')}`
}

function dayAfter(days: number): string {
  return new Date(FIRST_DUE + days * DAY_MS).toISOString().slice(0, 10)
}

/** Mulberry32 (Tommy Ettinger, public domain): the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
