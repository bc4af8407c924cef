import { afterEach, expect, it } from 'vitest'
import type { Down } from '../../../src/protocol/down/down.ts'
import { sql } from '../support/database.ts'
import { ask, historyOf, told } from '../support/past.ts'
import { newTenant, Peer, type Person } from '../support/peer.ts'
import { type PostgresCalls, watchPostgres } from '../support/postgres-calls.ts'
import { assignee, card, change, prize } from '../support/samples.ts'
import { appliedOf, nudge } from '../support/tenant-world.ts'

let calls: PostgresCalls | undefined
afterEach(() => {
  calls?.stop()
  calls = undefined
})

async function withCard(name: string, values = {}) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee()), ada.edit(card('c1', values)))
  const person = (sub: string, role: Person['role'] = 'editor'): Person => ({ sub, tenant, role })
  return { tenant, ada, person }
}

const remove = (id: string, collection = 'cards') => ({ op: 'delete', collection, id }) as const
const whole = (person: Person, id: string) => historyOf(person, id).then(({ items }) => told(items))

it('HIS-1 a record says who changed what from what to what and when, the newest first, and what of it is in Postgres', async () => {
  const { tenant, ada, person } = await withCard('said', { notes: 'first' })
  const ben = await Peer.join({ sub: 'ben', tenant })
  await ben.push(ben.edit(change('c1', { notes: { set: 'second' }, reactions: { add: 2 } })))
  await ada.committed(2)
  await ben.committed(3)
  const { items, older, row } = await historyOf(person('cleo'), 'c1')
  expect(told(items)).toEqual([
    {
      seq: 3,
      kind: 'update',
      author: 'ben',
      from: { notes: 'first', reactions: 0 },
      to: { notes: 'second', reactions: 2 },
      deltas: { reactions: 2 },
      committed: true,
    },
    { seq: 2, kind: 'insert', author: 'ada', committed: true },
  ])
  expect(items.map(({ client, n, epoch }) => [client, n, epoch])).toEqual([
    [ben.client, 1, ben.epoch],
    [ada.client, 2, ada.epoch],
  ])
  expect(items[1]).toMatchObject({ from: {}, to: { notes: 'first', number: 'N-c1', id: 'c1' } })
  expect(items.every(({ at }) => Math.abs(at - Date.now()) < 600_000)).toBe(true)
  expect([older, row?.['notes'], row?.['reactions']]).toEqual(['none', 'second', 2])
})

it('HIS-2 what Postgres does not have yet is said as well, once', async () => {
  const { tenant, ada, person } = await withCard('unsent', { notes: 'a' })
  await ada.committed(2)
  calls = watchPostgres()
  calls.fail('apply_batch')
  await ada.push(ada.edit(change('c1', { notes: { set: 'b' } })))
  const expected = [
    { seq: 3, kind: 'update', author: 'ada', from: { notes: 'a' }, to: { notes: 'b' }, committed: false },
    { seq: 2, kind: 'insert', author: 'ada', committed: true },
  ]
  expect(await whole(person('ben'), 'c1')).toEqual(expected)
  calls.fail(undefined)
  await nudge(tenant)
  await ada.committed(3)
  expect(await whole(person('ben'), 'c1')).toEqual(expected.map((item) => ({ ...item, committed: true })))
})

it('HIS-3 a change made in Postgres is said with its author, as far as it took effect, and the merge with it', async () => {
  const { tenant, ada, person } = await withCard('outside', { notes: 'a' })
  await ada.committed(2)
  await sql(
    `WITH named AS (SELECT set_config('tidemark.by', 'import', true))
     UPDATE cards SET notes = 'by hand' FROM named WHERE tenant_id = $1`,
    tenant,
  )
  await nudge(tenant)
  await ada.next('rows')
  const { items } = await historyOf(person('ben'), 'c1')
  expect(told(items)[0]).toEqual({
    seq: 3,
    kind: 'update',
    author: 'import',
    from: { notes: 'a' },
    to: { notes: 'by hand' },
    committed: true,
  })
  expect(items[0]?.client).toBeUndefined()
  await expect.poll(() => appliedOf(tenant)).toBe(3)
  expect(told((await historyOf(person('ben'), 'c1')).items)[0]).toMatchObject({
    author: 'import',
    committed: true,
  })
})

it('HIS-4 an edit whose value somebody overwrote in Postgres before it got there is said all the same, before and after', async () => {
  const { tenant, ada, person } = await withCard('superseded', { notes: 'a' })
  await ada.committed(2)
  calls = watchPostgres()
  calls.fail('apply_batch')
  await ada.push(ada.edit(change('c1', { notes: { set: 'typed' } })))
  await sql("UPDATE cards SET notes = 'by hand' WHERE tenant_id = $1", tenant)
  calls.fail(undefined)
  await nudge(tenant)
  await expect.poll(async () => (await whole(person('ben'), 'c1')).length).toBe(3)
  await expect.poll(() => appliedOf(tenant)).toBe(4)
  const items = await whole(person('ben'), 'c1')
  expect(items.slice(0, 2)).toMatchObject([
    { seq: 4, from: { notes: 'typed' }, to: { notes: 'by hand' } },
    { seq: 3, author: 'ada', from: { notes: 'a' }, to: { notes: 'typed' } },
  ])
})

it('HIS-5 an edit that was undone says so, and why, without a word of Postgres', async () => {
  const { ada, person } = await withCard('refused')
  await ada.committed(2)
  // The number is taken, which only Postgres knows.
  await ada.push(ada.edit(card('c3', { number: 'N-c1' })))
  await ada.find(
    'the end of the edit',
    (frame): frame is Extract<Down, readonly ['receipt', unknown]> =>
      frame[0] === 'receipt' && frame[1].some(({ is }) => is === 'reverted'),
  )
  for (const when of ['at once', 'later']) {
    if (when === 'later') {
      await ada.push(ada.edit(change('c1', { notes: { set: 'x' } })))
      await ada.committed(5)
    }
    const page = await historyOf(person('ben'), 'c3')
    expect(told(page.items)).toEqual([
      { seq: 3, kind: 'insert', author: 'ada', committed: true, refused: 'refused-unique' },
    ])
    expect([page.row, JSON.stringify(page).includes('cards_number')]).toEqual([null, false])
  }
  expect(await whole(person('ben'), 'c1')).toMatchObject([{ kind: 'update' }, { kind: 'insert' }])
})

it('HIS-6 a history comes in pages that join without a gap, from the log into Postgres', async () => {
  const { ada, person } = await withCard('pages')
  await ada.committed(2)
  for (let i = 0; i < 12; i++) await ada.push(ada.edit(change('c1', { notes: { set: `v${i}` } })))
  await ada.committed(14)
  calls = watchPostgres()
  calls.fail('apply_batch')
  for (let i = 12; i < 17; i++) await ada.push(ada.edit(change('c1', { notes: { set: `v${i}` } })))
  const seqs: number[] = []
  let page = await historyOf(person('ben'), 'c1', { limit: 4 })
  for (;;) {
    seqs.push(...page.items.map(({ seq }) => seq))
    if (!page.next) break
    page = await historyOf(person('ben'), 'c1', { limit: 4, before: page.next })
  }
  expect(seqs).toEqual(Array.from({ length: 18 }, (_, i) => 19 - i))
  expect(page.older).toBe('none')
})

it('HIS-7 while Postgres is away the log tells what it has, and that older is not available now', async () => {
  const { ada, person } = await withCard('away', { notes: 'a', status: 'open' })
  await ada.committed(2)
  await ada.push(ada.edit(change('c1', { notes: { set: 'b' } })))
  await ada.committed(3)
  calls = watchPostgres()
  calls.fail('record_history')
  const page = await historyOf(person('ben'), 'c1')
  expect([page.items.map(({ seq }) => seq), page.older]).toEqual([[3, 2], 'unavailable'])
  // What is not there and what may not be seen cannot be told apart then either.
  const absent = await ask(person('ben'), { ask: 'record', collection: 'cards', id: 'nothing' })
  await ada.push(ada.edit(card('c2')))
  const hidden = await ask(person('vic', 'viewer'), { ask: 'record', collection: 'cards', id: 'c2' })
  const answers = [absent, hidden].map(async (answer) => [answer.status, await answer.text()])
  const [one, other] = await Promise.all(answers)
  expect(one).toEqual([503, expect.stringContaining('"busy"')])
  expect(other).toEqual(one)
})

it('HIS-10 hidden columns are in no item, and an edit of them alone is none', async () => {
  const { ada, person } = await withCard('columns', { notes: 'secret', status: 'open' })
  await ada.push(ada.edit(change('c1', { notes: { set: 'more secret' } })))
  await ada.push(ada.edit(change('c1', { notes: { set: 'most secret' }, reactions: { add: 1 } })))
  for (const when of ['in the log', 'in Postgres']) {
    if (when === 'in Postgres') await ada.committed(4)
    const page = await historyOf(person('vic', 'viewer'), 'c1')
    expect([when, page.items.map(({ seq }) => seq)]).toEqual([when, [4, 2]])
    expect(JSON.stringify(page)).not.toContain('secret')
    expect(JSON.stringify(page)).not.toContain('notes')
  }
})

it('HIS-11 a record that somebody may not see, by its row now, and one that never was have the same answer', async () => {
  const { ada, person } = await withCard('unseen', { status: 'open' })
  const vic = person('vic', 'viewer')
  await ada.push(ada.edit(card('draft')), ada.edit(card('gone')), ada.edit(remove('gone')))
  await ada.committed(5)
  const answers = await Promise.all(
    ['draft', 'gone', 'never'].map(async (id) => {
      const response = await ask(vic, { ask: 'record', collection: 'cards', id })
      return [response.status, (await response.text()).replace(id, '?')]
    }),
  )
  expect(new Set(answers.map(String)).size).toBe(1)
  expect(answers[0]).toEqual([404, expect.stringContaining('not-found')])
  expect((await historyOf(vic, 'c1')).items).toHaveLength(1)
})

it('HIS-12 whoever may see the last row of a deleted record may see its history', async () => {
  const { ada, person } = await withCard('deleted', { status: 'open', notes: 'secret' })
  await ada.push(ada.edit(remove('c1')))
  const page = await historyOf(person('vic', 'viewer'), 'c1')
  expect([page.row, page.items.map(({ kind }) => kind)]).toEqual([null, ['delete', 'insert']])
  expect(page.items[0]?.from).toMatchObject({ number: 'N-c1', status: 'open' })
  expect(JSON.stringify(page)).not.toContain('secret')
})

it('HIS-13 an edit is told with all that it changed, as far as somebody may see it', async () => {
  const { ada, person } = await withCard('edit', { status: 'open' })
  await ada.push(
    ada.edit(card('hid', { notes: 'x' }), change('c1', { notes: { set: 'y' }, reactions: { add: 3 } })),
  )
  const question = { ask: 'edit', edit: { epoch: ada.epoch, seq: 3 } } as const
  const seen = async (who: Person) => {
    const { changes } = await (await ask(who, question)).json<{ changes: { id: string; to: object }[] }>()
    return changes.map(({ id, to }) => [id, Object.keys(to)])
  }
  for (const when of ['log', 'Postgres']) {
    if (when === 'Postgres') await ada.committed(3)
    expect((await seen(person('ben'))).map(([id]) => id)).toEqual(['hid', 'c1'])
    expect(await seen(person('vic', 'viewer'))).toEqual([['c1', ['reactions']]])
  }
  const never = await ask(person('ben'), { ask: 'edit', edit: { epoch: ada.epoch, seq: 99 } })
  expect([never.status, await never.json()]).toMatchObject([404, { code: 'not-found' }])
})

it('HIS-14 a restored record has all that it held: hidden columns, counters, and what effects wrote', async () => {
  const { ada, person } = await withCard('restored', { status: 'open', notes: 'kept', reactions: 4 })
  await ada.push(ada.edit(prize('p1', 'c1', 250)), ada.edit(card('c2', { status: 'open' })))
  await ada.committed(4)
  await ada.push(ada.edit(remove('c2')), ada.edit({ op: 'restore', collection: 'cards', id: 'c2' }))
  expect((await historyOf(person('ben'), 'c2')).items.map(({ kind }) => kind)).toEqual([
    'restore',
    'delete',
    'insert',
  ])
  await ada.committed(6)
  const page = await historyOf(person('ben'), 'c2')
  expect([page.items.map(({ kind }) => kind), page.row?.['status']]).toEqual([
    ['restore', 'delete', 'insert'],
    'open',
  ])
})

it('HIS-15 what is there, or never was, or may not be written cannot be restored', async () => {
  const { tenant, ada } = await withCard('not-restored', { status: 'open' })
  const restore = (id: string) => ({ op: 'restore', collection: 'cards', id }) as const
  expect(await ada.push(ada.edit(restore('c1')), ada.edit(restore('never')))).toMatchObject([
    { error: { code: 'exists' } },
    { error: { code: 'not-found' } },
  ])
  await ada.push(ada.edit(remove('c1')))
  const vic = await Peer.join({ sub: 'vic', tenant, role: 'viewer' })
  expect(await vic.push(vic.edit(restore('c1')))).toMatchObject([{ error: { code: 'write-refused' } }])
})

it.each([
  ['{', 'bad-json'],
  ['{"ask":"all"}', 'bad-query'],
  ['{"ask":"record","collection":"cards"}', 'bad-query'],
  ['{"ask":"record","collection":"cards","id":"c1","limit":0}', 'bad-query'],
  ['{"ask":"record","collection":"cards","id":"c1","limit":201}', 'bad-query'],
  ['{"ask":"record","collection":"cards","id":"c1","before":{"epoch":"e","seq":-1}}', 'bad-query'],
  ['{"ask":"record","collection":"cards","id":"c1","more":1}', 'bad-query'],
  ['{"ask":"record","collection":"nothing","id":"c1"}', 'unknown-collection'],
  ['{"ask":"record","collection":"cards","id":"__proto__"}', 'not-found'],
  ['{"ask":"record","collection":"__proto__","id":"c1"}', 'bad-query'],
  ['{"__proto__":1}', 'forbidden-key'],
])('HIS-16 what cannot be asked is refused with what to do: %s', async (question, code) => {
  const response = await ask({ sub: 'ben', tenant: newTenant('bad') }, question)
  expect([response.status >= 400 && response.status < 500, await response.json()]).toMatchObject([
    true,
    { code },
  ])
})
