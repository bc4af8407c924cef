import type { Random } from '../../../dev/harness/random.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { Plan } from '../campaign/plan.ts'
import type { TenantDatabase } from '../postgres-model/database.ts'
import type { OutsideWrite } from './write-together.ts'

/** Somebody who knows nothing of Tidemark writes a row, and triggers write its siblings in the same transaction. */
export function writeSiblings(database: TenantDatabase, random: Random, { records, seed }: Plan): void {
  const text = (name: string) => `outside:${seed}:${Math.floor(random.next() * 1e9)}:${name}`
  const ids = (kind: string) => Array.from({ length: records }, (_, i) => `${kind}-${i + 1}`)
  const any = (kind: string) => `${kind}-${random.whole(1, records)}`
  const [one, other, invoice] = [any('contact'), any('contact'), any('invoice')]
  const city = (id: string, value: string) => set('contacts', id, { city: value })
  /** Only one contact may have a city. */
  const onlyIn = (id: string) => [
    city(id, text(id)),
    ...ids('contact')
      .filter((another) => another !== id)
      .map((another) => city(another, '')),
  ]
  const made = (id: string): OutsideWrite =>
    write('contacts', id, (row) => row ?? { id, name: text('made'), email: '', city: '' })
  switch (random.whole(0, 6)) {
    case 0:
      database.writeTogether([...onlyIn(one), ...onlyIn(other)])
      break
    case 1:
      database.writeTogether([made(one), gone('contacts', other)])
      break
    case 2:
      // A trigger that lets no new one stay.
      database.writeTogether([gone('contacts', one), made(one), gone('contacts', one)])
      break
    case 3:
      database.writeTogether([gone('contacts', one), made(one), city(one, text('again'))])
      break
    case 4: {
      const before = database.tables.row('invoices', invoice)
      const notes = (value: Row[string] | undefined) => set('invoices', invoice, { notes: value ?? '' })
      database.writeTogether([notes(text('undone')), notes(before?.['notes'])])
      break
    }
    case 5: {
      const remind = (by: number) =>
        write(
          'invoices',
          invoice,
          (row) => row && { ...row, reminders: Number(row['reminders']) + by, notes: text('reminded') },
        )
      database.writeTogether([remind(1), remind(2), remind(-1), city(one, text('reminded'))])
      break
    }
    default: {
      const payments = [...database.tables.rows('payments').values()].filter(
        (row) => row['invoiceId'] === invoice,
      )
      const cascade = payments.map(({ id }) => gone('payments', String(id)))
      database.writeTogether([gone('invoices', invoice), ...cascade])
    }
  }
}

const write = (collection: string, id: string, change: OutsideWrite['change']): OutsideWrite => ({
  collection,
  id,
  change,
})

const gone = (collection: string, id: string) => write(collection, id, () => undefined)

const set = (collection: string, id: string, values: Row) =>
  write(collection, id, (row) => row && { ...row, ...values })
