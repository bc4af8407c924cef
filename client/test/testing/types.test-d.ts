import { app } from '../../../test/fixtures/board/sync.ts'
import { createTestTenant } from '../../src/testing/index.ts'

/** Never run: the compiler is the test. A wrong line that compiles is an error in this file. */
export function typesHold(): void {
  const tenant = createTestTenant(app)
  const db = tenant.client({ sub: 'ada', role: 'owner' })
  tenant.client({
    sub: 'ada',
    role: 'owner',
    name: 'Ada',
    tenant: 'test',
    team: 'any claim of a loose schema',
  })
  // @ts-expect-error a claim is missing
  tenant.client({ sub: 'ada' })
  // @ts-expect-error a role that is not one
  tenant.client({ sub: 'ada', role: 'king' })
  const points: number | undefined = tenant.rows('cards')[0]?.pointsWon
  tenant.write('cards', 'c1', { pointsWon: points ?? 0, dueOn: null })
  // @ts-expect-error not a collection
  tenant.rows('ships')
  // @ts-expect-error not a column
  tenant.write('cards', 'c1', { colour: 'red' })
  // @ts-expect-error a number is not a text
  tenant.write('cards', 'c1', { notes: 5 })
  // @ts-expect-error a record keeps its id
  tenant.write('cards', 'c1', { id: 'c2' })
  // @ts-expect-error not a column
  db.cards.where({ colour: 'red' })
}
