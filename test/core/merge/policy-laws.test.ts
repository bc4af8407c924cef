import { expect, it } from 'vitest'
import { forgetActors } from '../../../src/core/records/record.ts'
import type { Version } from '../../../src/core/records/version-vector.ts'
import { MAX_VECTOR_ENTRIES } from '../../../src/protocol/limits.ts'
import { board } from '../../fixtures/board.ts'
import { Author, insert, MemoryTenant } from '../../support/memory-tenant.ts'
import { CASES, holdsFor, newSeed, POLICIES, SEED } from './policy-laws.ts'

it.each(POLICIES)('MRG-49 %s keeps its promise whoever has seen what', (policy) => {
  holdsFor(policy, SEED, CASES / 2)
  holdsFor(policy, newSeed(), CASES / 2)
})

/** Bytes of a version vector. */
const MAX_BYTES = 2_048

it('VEC-6 500 actors make 10,000 edits of one record, and no vector of it is beyond its bounds', () => {
  const tenant = new MemoryTenant(board)
  const authors = Array.from({ length: 500 }, (_, index) => new Author(tenant, `client-${index}`))
  authors[0]?.send(insert('cards', 'c1', { title: 'Tide', owner: 'mia' }))
  for (let round = 0; round < 20; round++) {
    for (const [index, author] of authors.entries()) {
      // Some see everything, most have not looked for a while, and many have never.
      if ((index + round) % 7 === 0 || round === 0) author.look()
      const item = `label ${index % 5}`
      const fields = {
        title: { set: `${round} by ${index}` },
        labels: { items: index % 3 ? { add: [item] } : { remove: [item] } },
      }
      const [verdict] = tenant.push(author.client, [
        author.edit({ op: 'update', collection: 'cards', id: 'c1', fields }),
      ])
      expect(verdict?.is).toBe('accepted')
    }
  }
  const record = tenant.record('cards', 'c1')
  if (!record) throw new Error('the card is there')
  // By field, and by item of a set.
  const vectors = Map.groupBy(Object.entries(record.versions), ([key]) => key.replace(/\/\d+\//, '/'))
  expect(vectors.size).toBeGreaterThan(5)
  for (const vector of vectors.values()) {
    expect(vector.length).toBeLessThanOrEqual(MAX_VECTOR_ENTRIES)
    expect(JSON.stringify(vector).length).toBeLessThanOrEqual(MAX_BYTES)
  }
  const actorsOf = (versions: Readonly<Record<string, Version>>) =>
    Object.values(versions).filter(({ actor }) => actor !== '')
  expect(actorsOf(record.versions).length).toBeGreaterThan(0)
  expect(actorsOf(forgetActors(record, tenant.head).versions)).toEqual([])
})
