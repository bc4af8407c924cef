import { describe, expect, it, vi } from 'vitest'
import { defineApp } from '../../../src/define/define-app.ts'
import { assignees } from '../../../test/fixtures/board/schema.ts'
import { type App, app } from '../../../test/fixtures/board/sync.ts'
import { conflicts } from '../../src/conflicts.ts'
import type { Client } from '../../src/index.ts'
import { notifications } from '../../src/notifications.ts'
import { createTestTenant, type TestTenantOptions } from '../../src/testing/index.ts'

const CARD = { number: 'A-1', assigneeId: 'p1', targetPoints: 10, status: 'open' } as const
const PARTS = [conflicts(), notifications()]

type Database = Client<App>

/** A tenant with an owner, an editor and a viewer, who look at all cards; Ada has made one. */
async function tenantOfThree(options?: TestTenantOptions) {
  const tenant = createTestTenant(app, options)
  const person = (sub: string, role: 'owner' | 'editor' | 'viewer') =>
    tenant.client({ sub, role }, { parts: PARTS })
  const [ada, ben, vic] = [person('ada', 'owner'), person('ben', 'editor'), person('vic', 'viewer')]
  for (const db of [ada, ben, vic]) db.cards.all().subscribe(() => {})
  await tenant.settle()
  const { id } = ada.cards.insert(CARD)
  await tenant.settle()
  return { tenant, ada, ben, vic, id }
}

const react = (db: Database, id: string) =>
  db.cards.update(id, (card) => {
    card.reactions += 1
  })

const rename = (db: Database, id: string, notes: string) =>
  db.cards.update(id, (card) => {
    card.notes = notes
  })

const stateOf = (db: Database) => db.connection.getSnapshot()

describe('clients', () => {
  it('TST-1 see each other’s edits, merged by the policies of the application, with its effects', async () => {
    const { tenant, ada, ben, id } = await tenantOfThree()
    react(ada, id)
    react(ben, id)
    ben.prizes.insert({ cardId: id, awardedPoints: 10, kind: 'medal', wonOn: '2026-01-31' })
    await tenant.settle()
    const merged = { reactions: 2, pointsWon: 10, status: 'finished' }
    expect(ada.cards.get(id)).toMatchObject(merged)
    expect(ben.cards.get(id)).toMatchObject(merged)
    expect(tenant.rows('cards')).toEqual([expect.objectContaining(merged)])
  })

  it('TST-2 are shown an own edit at once, and it arrives nowhere before it is let', async () => {
    const { tenant, ada, ben, id } = await tenantOfThree()
    const edit = rename(ada, id, 'called')
    const outcomes: string[] = []
    edit.accepted.then(() => outcomes.push('accepted'))
    edit.committed.then(() => outcomes.push('committed'))
    for (let i = 0; i < 100; i++) await Promise.resolve()
    expect(ada.cards.get(id)).toMatchObject({ notes: 'called', $sync: { pending: true } })
    expect([ben.cards.get(id)?.notes, tenant.rows('cards')[0]?.notes, outcomes]).toEqual(['', '', []])
    await tenant.settle()
    expect([ben.cards.get(id)?.notes, tenant.rows('cards')[0]?.notes]).toEqual(['called', 'called'])
    expect(ada.cards.get(id)?.$sync).toEqual({ pending: false, committing: false })
    expect(outcomes).toEqual(['accepted', 'committed'])
  })

  it('TST-2 commit an edit that Postgres is to have first', async () => {
    const { tenant, ada, ben, id } = await tenantOfThree()
    const edit = ada.cards.delete(id, { durability: 'committed' })
    await tenant.settle()
    expect(await edit.committed).toMatchObject({ ok: true })
    expect([ben.cards.get(id), tenant.rows('cards')]).toEqual([undefined, []])
  })

  it('TST-2 show an ordered window as it is after every edit', async () => {
    const { tenant, ada, ben, id: idOfFirst } = await tenantOfThree()
    const top = ben.cards.all().orderBy('targetPoints', 'desc').limit(2)
    top.subscribe(() => {})
    await tenant.settle()
    for (const targetPoints of [30, 20, 40]) ada.cards.insert({ ...CARD, targetPoints })
    await tenant.settle()
    expect(top.getSnapshot().rows.map((row) => row.targetPoints)).toEqual([40, 30])
    const cleo = tenant.client({ sub: 'cleo', role: 'editor' })
    const again = cleo.cards.all().orderBy('targetPoints', 'desc').limit(2)
    again.subscribe(() => {})
    await tenant.settle()
    expect(again.getSnapshot()).toMatchObject({ status: 'ready', rows: top.getSnapshot().rows })
    expect(cleo.cards.get(idOfFirst)).toBeUndefined()
  })

  it('TST-2 edit a text that several write as a whole, and it is merged', async () => {
    const { tenant, ada } = await tenantOfThree()
    const cleo = tenant.client({ sub: 'cleo', role: 'owner' })
    for (const db of [ada, cleo]) db.boardSettings.all().subscribe(() => {})
    await tenant.settle()
    const { id } = ada.boardSettings.insert({ name: 'Board', welcome: 'We meet here.' })
    await tenant.settle()
    tenant.offline(cleo)
    const write = (db: Database, welcome: string) =>
      db.boardSettings.update(id, (board) => {
        board.welcome = welcome
      })
    write(ada, 'Hello. We meet here.')
    write(cleo, 'We meet here. Bye.')
    await tenant.settle()
    tenant.online(cleo)
    await tenant.advance(1_000)
    expect(tenant.rows('boardSettings')).toMatchObject([{ welcome: 'Hello. We meet here. Bye.' }])
    expect([ada, cleo].map((db) => db.boardSettings.get(id)?.welcome)).toEqual([
      'Hello. We meet here. Bye.',
      'Hello. We meet here. Bye.',
    ])
  })

  it('TST-6 are told which tags were touched', async () => {
    const { tenant, ada, ben, id } = await tenantOfThree()
    const told: (readonly string[])[] = []
    ben.onInvalidate(`cards_${id}`, ({ tags }) => told.push(tags))
    await tenant.settle()
    told.splice(0)
    rename(ada, id, 'called')
    await tenant.settle()
    expect(told).toEqual([[`cards_${id}`]])
  })

  it('TST-7 have conflicts and notifications where they name the parts', async () => {
    const { tenant, ada, ben, vic, id } = await tenantOfThree()
    ada.conflicts.open().subscribe(() => {})
    vic.notifications.subscribe(() => {})
    await tenant.settle()
    tenant.offline(ben)
    rename(ada, id, 'by ada')
    await tenant.settle()
    rename(ben, id, 'by ben')
    tenant.online(ben)
    await tenant.advance(1_000)
    const [item] = ada.conflicts.open().getSnapshot().items
    expect(item).toMatchObject({ collection: 'cards', record: id, field: 'notes' })
    ada.cards.update(id, (card) => {
      card.status = 'finished'
    })
    await tenant.settle()
    expect(vic.notifications.getSnapshot().items).toMatchObject([
      { kind: 'card-finished', data: { number: 'A-1' } },
    ])
  })
})

describe('rights', () => {
  it('TST-3 an edit that a rule refuses is taken back, with the rule’s sentence', async () => {
    const { tenant, vic, id } = await tenantOfThree()
    const edit = react(vic, id)
    await tenant.settle()
    expect(await edit.accepted).toMatchObject({
      ok: false,
      error: { message: 'Viewers can look at everything and change nothing.' },
    })
    expect([vic.cards.get(id)?.reactions, tenant.rows('cards')[0]?.reactions]).toEqual([0, 0])
  })

  it('TST-3 a person is shown the rows and columns that they may see, and no others', async () => {
    const { tenant, ada, vic, id } = await tenantOfThree()
    const draft = ada.cards.insert({ ...CARD, number: 'A-2', status: 'draft' })
    rename(ada, id, 'a secret')
    await tenant.settle()
    expect(
      vic.cards
        .all()
        .getSnapshot()
        .rows.map((row) => row.id),
    ).toEqual([id])
    expect(vic.cards.get(id)).not.toHaveProperty('notes')
    ada.cards.update(draft.id, (card) => {
      card.status = 'open'
    })
    await tenant.settle()
    expect(vic.cards.all().getSnapshot().rows).toHaveLength(2)
  })
})

describe('the network', () => {
  it('TST-4 without it edits wait, and with it again all come together, each once', async () => {
    const { tenant, ada, ben, id } = await tenantOfThree()
    tenant.offline(ben)
    await tenant.settle()
    expect(stateOf(ben).state).toBe('offline')
    const edits = [react(ben, id), react(ben, id)]
    react(ada, id)
    await tenant.advance(60_000)
    expect(stateOf(ben)).toMatchObject({ state: 'offline', pending: 2 })
    expect([ada, ben].map((db) => db.cards.get(id)?.reactions)).toEqual([1, 2])
    tenant.online(ben)
    await tenant.settle()
    expect(stateOf(ben)).toMatchObject({ state: 'live', pending: 0 })
    expect([ada, ben].map((db) => db.cards.get(id)?.reactions)).toEqual([3, 3])
    expect((await Promise.all(edits.map(({ committed }) => committed))).every(({ ok }) => ok)).toBe(true)
  })

  it('TST-5 time stands still but for advance, which runs what is due', async () => {
    const { tenant, ada } = await tenantOfThree({ now: 5_000 })
    const begun = tenant.now()
    const heard = stateOf(ada).lastSyncedAt
    await tenant.settle()
    expect([begun, tenant.now(), stateOf(ada).lastSyncedAt]).toEqual([5_000, 5_000, heard])
    await tenant.advance(60_000)
    expect(tenant.now()).toBe(65_000)
    expect(stateOf(ada).lastSyncedAt).toBeGreaterThan(5_000)
  })
})

it('TST-5 the fake timers of a test runner hold nothing back', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'setImmediate', 'Date', 'queueMicrotask'] })
  try {
    const { tenant, ada, ben, id } = await tenantOfThree()
    react(ben, id)
    await tenant.advance(60_000)
    expect(ada.cards.get(id)).toMatchObject({ reactions: 1 })
  } finally {
    vi.useRealTimers()
  }
})

describe('the database', () => {
  it('TST-8 what another program writes there is told to everybody, whatever the rules', async () => {
    const { tenant, ada, vic, id } = await tenantOfThree()
    const pending = rename(ada, id, 'called')
    await tenant.settle()
    tenant.write('cards', id, { status: 'withdrawn', pointsWon: 7 })
    tenant.write('cards', 'c2', { ...CARD, number: 'A-2', pointsWon: 3 })
    await tenant.settle()
    expect(await pending.committed).toMatchObject({ ok: true })
    expect(ada.cards.get(id)).toMatchObject({ status: 'withdrawn', pointsWon: 7, notes: 'called' })
    expect(vic.cards.get('c2')).toMatchObject({ number: 'A-2', pointsWon: 3, reactions: 0 })
    tenant.delete('cards', id)
    await tenant.settle()
    expect([ada, vic].map((db) => db.cards.get(id))).toEqual([undefined, undefined])
    expect(tenant.rows('cards').map((row) => row.id)).toEqual(['c2'])
  })

  it('TST-8 a row that is written meets edits that were made without it, as their policies say', async () => {
    const { tenant, ben, id } = await tenantOfThree()
    tenant.offline(ben)
    react(ben, id)
    tenant.write('cards', id, { reactions: 5, dueOn: '2026-02-01' })
    await tenant.settle()
    tenant.online(ben)
    await tenant.settle()
    expect(tenant.rows('cards')).toMatchObject([{ reactions: 6, dueOn: '2026-02-01' }])
  })

  it.each([undefined, { durability: 'committed' as const }])(
    'TST-9 an edit that is to be refused there is undone, with the sentence (%o)',
    async (options) => {
      const { tenant, ada, ben, id } = await tenantOfThree()
      tenant.refuseNext('cards', 'The number is taken.')
      const refused = ada.cards.insert({ ...CARD, number: 'A-2' }, options)
      const other = react(ben, id)
      await tenant.settle()
      expect(await refused.committed).toMatchObject({
        ok: false,
        error: { code: 'refused-check', message: 'The number is taken.' },
      })
      expect(await other.committed).toMatchObject({ ok: true })
      expect([ada, ben].map((db) => db.cards.get(refused.id))).toEqual([undefined, undefined])
      expect(tenant.rows('cards')).toMatchObject([{ id, reactions: 1 }])
      react(ada, id)
      await tenant.settle()
      expect(tenant.rows('cards')).toMatchObject([{ id, reactions: 2 }])
    },
  )
})

it('TST-10 the same seed makes the same ids, and another one others', async () => {
  const ids = await Promise.all([1, 1, 2].map(async (seed) => (await tenantOfThree({ seed })).id))
  expect(ids[0]).toMatch(/^[A-Za-z0-9_-]{21}$/)
  expect([ids[1] === ids[0], ids[2] === ids[0]]).toEqual([true, false])
})

it('TST-12 what a listener of the application throws is thrown by settle, once', async () => {
  const { tenant, ada, ben, id } = await tenantOfThree()
  ben.cards.where({ notes: 'called' }).subscribe(({ rows }) => {
    if (rows.length > 0) throw new Error('not drawn')
  })
  await tenant.settle()
  rename(ada, id, 'called')
  await expect(tenant.settle()).rejects.toThrow('not drawn')
  await tenant.settle()
  expect(tenant.rows('cards')[0]?.notes).toBe('called')
})

it('TST-12 what a rule of the application throws is thrown by settle, and ends the connection', async () => {
  const rules = { isBroken: true }
  const broken = defineApp({ tables: { assignees }, claims: app.claims }).collection('assignees', {
    write: () => {
      if (rules.isBroken) throw new Error('the rule is broken')
      return true
    },
  })
  const tenant = createTestTenant(broken)
  const ada = tenant.client({ sub: 'ada', role: 'owner' })
  await tenant.settle()
  const edit = ada.assignees.insert({ name: 'Bo' })
  await expect(tenant.settle()).rejects.toThrow('the rule is broken')
  expect([ada.connection.getSnapshot().state, tenant.rows('assignees')]).not.toContain('live')
  rules.isBroken = false
  await tenant.advance(60_000)
  expect(await edit.committed).toMatchObject({ ok: true })
  expect(tenant.rows('assignees')).toMatchObject([{ name: 'Bo' }])
})

it('TST-12 what does not come to rest is said', async () => {
  const { tenant, ada, ben, id } = await tenantOfThree()
  ada.cards.all().subscribe(() => void react(ben, id))
  react(ada, id)
  await expect(tenant.settle()).rejects.toThrow('a listener may edit whenever rows arrive')
})

it('TST-12 a closed tenant has closed its clients, and nothing of them is under way', async () => {
  const { tenant, ada, ben, id } = await tenantOfThree()
  tenant.close()
  const edit = react(ada, id)
  await tenant.settle()
  expect(await edit.accepted).toMatchObject({ ok: false, error: { code: 'client-closed' } })
  expect([ada, ben].map((db) => stateOf(db).state)).toEqual(['closed', 'closed'])
})
