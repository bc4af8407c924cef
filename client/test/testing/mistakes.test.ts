import { expect, it } from 'vitest'
import { type App, app } from '../../../test/fixtures/board/sync.ts'
import { createTestTenant, type TestTenant } from '../../src/testing/index.ts'

const CARD = { number: 'A-1', assigneeId: 'p1', targetPoints: 10 } as const
const ADA = { sub: 'ada', role: 'owner' } as const

/** Each as somebody without types may make it. */
const MISTAKES: Record<string, [make: (tenant: TestTenant<App>) => unknown, says: string]> = {
  'a claim that the application does not know': [
    (tenant) => Reflect.apply(tenant.client, undefined, [{ sub: 'ada', role: 'king' }]),
    'The application does not take these claims. role: ',
  ],
  'a person of another tenant': [
    (tenant) => tenant.client({ ...ADA, tenant: 'globex' }),
    'A person of "globex" is not let in here: this is the tenant "test".',
  ],
  'a client id twice': [
    (tenant) => [1, 2].map(() => tenant.client(ADA, { clientId: 'client-a' })),
    'There is a client "client-a" already; leave clientId out to get a new one.',
  ],
  'the network of another tenant’s client': [
    (tenant) => tenant.offline(createTestTenant(app).client(ADA)),
    'This client is not of this test tenant: give it one that its client(...) made.',
  ],
  'rows of no collection': [
    (tenant) => Reflect.apply(tenant.rows, undefined, ['card']),
    'There is no collection "card"; there are assignees, cards, prizes, boardSettings.',
  ],
  'a row of no collection': [
    (tenant) => Reflect.apply(tenant.write, undefined, ['tidemark_conflicts', 'x', {}]),
    'There is no collection "tidemark_conflicts"; there are assignees, cards, prizes, boardSettings.',
  ],
  'a refusal in no collection': [
    (tenant) => Reflect.apply(tenant.refuseNext, undefined, ['card', 'No.']),
    'There is no collection "card"; there are assignees, cards, prizes, boardSettings.',
  ],
  'a column that there is not': [
    (tenant) => Reflect.apply(tenant.write, undefined, ['cards', 'c1', { colour: 'red' }]),
    '"colour" is no column of "cards" that can be written.',
  ],
  'another id in a row': [
    (tenant) => Reflect.apply(tenant.write, undefined, ['cards', 'c1', { id: 'c2' }]),
    '"id" is no column of "cards" that can be written.',
  ],
  'a value that does not fit': [
    (tenant) => tenant.write('cards', 'c1', { ...CARD, reactions: 0.5 }),
    'A row of "cards": "reactions" must be a whole number of 32 bits.',
  ],
  'a value that is none': [
    (tenant) => Reflect.apply(tenant.write, undefined, ['cards', 'c1', { notes: undefined }]),
    'A row of "cards" has a value for each column that it names, and "notes" has none.',
  ],
  'a new row without what it needs': [
    (tenant) => tenant.write('cards', 'c1', { number: 'A-1' }),
    'The row "c1" of "cards": "assigneeId" needs a value.',
  ],
  'an id that is none': [
    (tenant) => tenant.write('cards', '', CARD),
    'A row of "cards": An id cannot be empty.',
  ],
  'the end of a row that is not there': [
    (tenant) => tenant.delete('cards', 'c1'),
    'There is no row "c1" in "cards" to delete.',
  ],
}

it.each(Object.entries(MISTAKES))(
  'TST-11 %s is refused with a sentence, and changes nothing',
  (_, [make, says]) => {
    const tenant = createTestTenant(app)
    expect(() => make(tenant)).toThrow(TypeError)
    expect(() => make(createTestTenant(app))).toThrow(says)
    expect(tenant.rows('cards')).toEqual([])
  },
)

it('TST-11 time that does not pass, and what is no application, are refused with a sentence', async () => {
  const tenant = createTestTenant(app)
  for (const ms of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    await expect(tenant.advance(ms)).rejects.toThrow(`advance takes milliseconds, 0 or more, and not ${ms}.`)
  expect(() => Reflect.apply(createTestTenant, undefined, [{}])).toThrow(
    'createTestTenant takes an application, as defineApp(...) makes it.',
  )
})
