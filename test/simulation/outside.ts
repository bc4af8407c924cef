import type { Random } from '../support/random.ts'
import type { TenantDatabase } from './database.ts'
import { oddId } from './odd-ids.ts'
import type { Plan } from './plan.ts'
import { writePoison } from './poison.ts'
import { writeSiblings } from './siblings.ts'

/** Somebody who knows nothing of Tidemark changes a row. */
export function writeOutside(database: TenantDatabase, random: Random, plan: Plan): void {
  const { records, seed, rates } = plan
  if (random.chance(rates.siblings)) {
    writeSiblings(database, random, plan)
    return
  }
  if (random.chance(rates.poisoned)) {
    writePoison(database, random, plan)
    return
  }
  const text = `outside:${seed}:${Math.floor(random.next() * 1e9)}`
  const some = (kind: string) =>
    random.chance(rates.odd) ? oddId(random, 'Postgres') : `${kind}-${random.whole(1, records)}`
  const [contact, invoice] = [some('contact'), some('invoice')]
  switch (random.whole(0, 7)) {
    case 0:
      database.writeOutside(
        'contacts',
        contact,
        (row) => row ?? { id: contact, name: text, email: '', city: '' },
      )
      break
    case 1:
    case 2:
      database.writeOutside('contacts', contact, (row) => row && { ...row, city: text })
      break
    case 3:
      database.writeOutside('contacts', contact, () => undefined)
      break
    case 4:
    case 5:
      database.writeOutside('invoices', invoice, (row) => row && { ...row, notes: text })
      break
    case 6:
      database.writeOutside(
        'invoices',
        invoice,
        (row) => row && { ...row, reminders: Number(row['reminders']) + 1 },
      )
      break
    default:
      database.writeOutside('invoices', invoice, () => undefined)
  }
}
