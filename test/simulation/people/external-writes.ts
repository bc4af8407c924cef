import type { Random } from '../../../dev/harness/random.ts'
import type { Plan } from '../campaign/plan.ts'
import type { TenantDatabase } from '../postgres-model/simulated-database.ts'
import { oddId } from './odd-ids.ts'
import { writePoison } from './poison.ts'
import { writeSiblings } from './siblings.ts'

/** How often somebody changes many rows at once, and how many. */
const BULK = 0.25
const BULK_CHANGES = [5, 40] as const

/** Somebody who knows nothing of Tidemark changes a row, or many in one transaction. */
export function writeExternal(database: TenantDatabase, random: Random, plan: Plan): void {
  const { siblings, poisoned } = plan.rates
  if (random.chance(siblings)) {
    writeSiblings(database, random, plan)
    return
  }
  if (random.chance(poisoned)) {
    writePoison(database, random, plan)
    return
  }
  const changes = random.chance(BULK) ? random.whole(...BULK_CHANGES) : 1
  for (let change = 0; change < changes; change++) writeRow(database, random, plan)
}

function writeRow(database: TenantDatabase, random: Random, { records, seed, rates }: Plan): void {
  const text = `outside:${seed}:${Math.floor(random.next() * 1e9)}`
  const some = (kind: string) =>
    random.chance(rates.odd) ? oddId(random, 'Postgres') : `${kind}-${random.whole(1, records)}`
  const [assignee, card] = [some('assignee'), some('card')]
  switch (random.whole(0, 9)) {
    case 0:
      database.writeExternal(
        'assignees',
        assignee,
        (row) => row ?? { id: assignee, name: text, email: '', city: '' },
      )
      break
    case 1:
    case 2:
      database.writeExternal('assignees', assignee, (row) => row && { ...row, city: text })
      break
    case 3:
      database.writeExternal('assignees', assignee, () => undefined)
      break
    case 4:
    case 5:
      database.writeExternal('cards', card, (row) => row && { ...row, notes: text })
      break
    case 6:
      database.writeExternal('cards', card, (row) => {
        if (!row) return undefined
        const reactions = Number(row['reactions']) + 1
        const startedOn = `2026-0${1 + (reactions % 9)}-15`
        return { ...row, reactions, bestScore: (reactions * 377) % 1_000, startedOn }
      })
      break
    case 7: {
      const labels = ['late', 'old', 'new'].filter(() => random.chance(0.5))
      database.writeExternal(
        'cards',
        card,
        (row) => row && { ...row, labels, story: 'it falls', advice: text },
      )
      break
    }
    case 8: {
      const [prize] = database.tables.rows('prizes').keys()
      if (prize !== undefined) database.writeExternal('prizes', prize, () => undefined)
      break
    }
    default:
      database.writeExternal('cards', card, () => undefined)
  }
}
