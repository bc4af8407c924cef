import { expect, it } from 'vitest'
import { conflicts } from '../../src/conflicts.ts'
import { history } from '../../src/history.ts'
import { presence } from '../../src/presence.ts'
import { DeskClient, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

const without = () => new DeskClient({ parts: [] }).db
type Db = ReturnType<typeof without>

it.each<[part: string, use: string, (db: Db) => unknown]>([
  ['conflicts', 'db.conflicts', (db) => db.conflicts],
  ['notifications', 'db.notifications', (db) => db.notifications],
  ['presence', 'db.presence', (db) => db.presence],
  ['history', 'db.undo', (db) => db.undo({ epoch: 'e', seq: 1 })],
  ['history', 'history', (db) => db.notes.history('a')],
  ['history', 'asOf', (db) => db.notes.asOf('a', 1)],
  ['history', 'restore', (db) => db.notes.restore('a')],
])('SIZ-2 without the part %s, %s throws with the lines that are missing', (part, _, use) => {
  const db = without()
  expect(() => use(db)).toThrow(TypeError)
  expect(() => use(db)).toThrow(
    `import { ${part} } from '@tidemark/client/${part}', and give createClient the option parts: [${part}()]`,
  )
})

it('SIZ-2 a client with one part has that and no other', () => {
  const { db } = new DeskClient({ parts: [conflicts()] })
  expect(db.conflicts.open().getSnapshot()).toMatchObject({ items: [], status: 'loading' })
  expect(() => db.presence).toThrow(`parts: [presence()]`)
})

it.each<[string, unknown, string]>([
  ['a part that is named twice', [history(), presence(), history()], 'history() twice'],
  ['the function in place of what it gives', [conflicts], 'parts: [conflicts()]'],
  ['one part without a list', conflicts(), 'parts: [conflicts()]'],
  ['a name', ['conflicts'], 'parts: [conflicts()]'],
  ['an object of another library', [{ name: 'conflicts' }], 'parts: [conflicts()]'],
])('SIZ-3 %s is refused when the client is made', (_, parts, sentence) => {
  const make = () => Reflect.construct(DeskClient, [{ parts }])
  expect(make).toThrow(TypeError)
  expect(make).toThrow(sentence)
})

it('SIZ-4 queries, edits and connection need no part, and frames for a part that is not there are passed over', async () => {
  const desk = new DeskClient({ parts: [] })
  desk.watch()
  await desk.connect({ seq: 10 })
  await desk.snapshot(10, note('a'))
  await desk.say(
    ['peers', { signs: false, all: true, peers: [{ subject: 'ben', name: 'Ben', places: ['lobby'] }] }],
    ['text', 1, { error: { code: 'not-found', message: 'gone', retryable: false } }],
  )
  expect(desk.titles).toEqual(['a'])
  desk.db.notes.update('a', (draft) => {
    draft.title = 'b'
  })
  await settle()
  expect(desk.take().map(([kind]) => kind)).toEqual(['push'])
  expect(desk.db.connection.getSnapshot()).toMatchObject({ state: 'live', pending: 1 })
})
