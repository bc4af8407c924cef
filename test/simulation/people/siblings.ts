import type { Random } from '../../../dev/harness/random.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { Plan } from '../campaign/plan.ts'
import type { TenantDatabase } from '../postgres-model/simulated-database.ts'
import type { ExternalWrite } from './write-together.ts'

/** Somebody who knows nothing of Tidemark writes a row, and triggers write its siblings in the same transaction. */
export function writeSiblings(database: TenantDatabase, random: Random, { records, seed }: Plan): void {
  const text = (name: string) => `outside:${seed}:${Math.floor(random.next() * 1e9)}:${name}`
  const ids = (kind: string) => Array.from({ length: records }, (_, i) => `${kind}-${i + 1}`)
  const any = (kind: string) => `${kind}-${random.whole(1, records)}`
  const [one, other, card] = [any('assignee'), any('assignee'), any('card')]
  const city = (id: string, value: string) => set('assignees', id, { city: value })
  /** Only one assignee may have a city. */
  const onlyIn = (id: string) => [
    city(id, text(id)),
    ...ids('assignee')
      .filter((another) => another !== id)
      .map((another) => city(another, '')),
  ]
  const made = (id: string): ExternalWrite =>
    write('assignees', id, (row) => row ?? { id, name: text('made'), email: '', city: '' })
  switch (random.whole(0, 6)) {
    case 0:
      database.writeTogether([...onlyIn(one), ...onlyIn(other)])
      break
    case 1:
      database.writeTogether([made(one), gone('assignees', other)])
      break
    case 2:
      // A trigger that lets no new one stay.
      database.writeTogether([gone('assignees', one), made(one), gone('assignees', one)])
      break
    case 3:
      database.writeTogether([gone('assignees', one), made(one), city(one, text('again'))])
      break
    case 4: {
      const before = database.tables.row('cards', card)
      const notes = (value: Row[string] | undefined) => set('cards', card, { notes: value ?? '' })
      database.writeTogether([notes(text('undone')), notes(before?.['notes'])])
      break
    }
    case 5: {
      const react = (by: number) =>
        write(
          'cards',
          card,
          (row) => row && { ...row, reactions: Number(row['reactions']) + by, notes: text('reacted') },
        )
      database.writeTogether([react(1), react(2), react(-1), city(one, text('reacted'))])
      break
    }
    default: {
      const prizes = [...database.tables.rows('prizes').values()].filter((row) => row['cardId'] === card)
      const cascade = prizes.map(({ id }) => gone('prizes', String(id)))
      database.writeTogether([gone('cards', card), ...cascade])
    }
  }
}

const write = (collection: string, id: string, change: ExternalWrite['change']): ExternalWrite => ({
  collection,
  id,
  change,
})

const gone = (collection: string, id: string) => write(collection, id, () => undefined)

const set = (collection: string, id: string, values: Row) =>
  write(collection, id, (row) => row && { ...row, ...values })
