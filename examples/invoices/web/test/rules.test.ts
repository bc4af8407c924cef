import { expect, test } from 'vitest'
import { app } from '../../sync.ts'

type Rule = NonNullable<NonNullable<ReturnType<typeof app.rules.get>>['write']>

type Op = Parameters<Rule>[0]['op']

const insert = (collection: string, values: Record<string, string>): Op => ({
  op: 'insert',
  collection,
  id: 'x',
  values,
})

const update = (collection: string, column: string, text: string): Op => ({
  op: 'update',
  collection,
  id: 'x',
  fields: { [column]: { set: text } },
})

/** What the application says of an operation by somebody in this role. */
function judged(role: 'viewer' | 'clerk' | 'owner', op: Op) {
  const write = app.rules.get(op.collection)?.write
  return write?.({ claims: { sub: 'x', tenant: 't', role }, op, row: undefined })
}

const removal: Op = { op: 'delete', collection: 'contacts', id: 'x' }

test('WEB-32 the application refuses what the forms refuse, with the same sentence', () => {
  expect(judged('clerk', insert('contacts', { name: ' ' }))).toBe('A contact needs a name.')
  expect(judged('clerk', update('contacts', 'name', ''))).toBe('A contact needs a name.')
  expect(judged('clerk', update('contacts', 'email', 'nobody'))).toContain('ada@example.com')
  expect(judged('owner', update('businessProfile', 'name', ' '))).toBe('The business needs a name.')
  expect(judged('owner', update('businessProfile', 'currency', 'pound'))).toContain('GBP')
})

test('WEB-32 what is well is taken, and what an edit leaves alone is not judged', () => {
  for (const op of [
    insert('contacts', { name: 'Mill' }),
    insert('contacts', { name: 'Mill', email: 'mill@example.com' }),
    update('contacts', 'email', ''),
    update('contacts', 'city', ''),
    removal,
  ]) {
    expect(judged('clerk', op)).toBe(true)
  }
  expect(judged('owner', update('businessProfile', 'currency', 'EUR'))).toBe(true)
  expect(judged('owner', update('businessProfile', 'address', ''))).toBe(true)
})

test('E2E-74 viewers change no contact, and nobody but the owner the business profile', () => {
  for (const op of [insert('contacts', { name: 'Mill' }), update('contacts', 'city', 'York'), removal]) {
    expect(judged('viewer', op)).toBe('Viewers can look at everything and change nothing.')
  }
  for (const role of ['viewer', 'clerk'] as const) {
    expect(judged(role, update('businessProfile', 'name', 'Mine'))).toBe(
      'Only the owner changes the business profile.',
    )
  }
})
