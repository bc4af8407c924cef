import { describe, expect, it } from 'vitest'
import { createClient } from '../../src/index.ts'
import { tabs } from '../../src/tabs.ts'
import { PING } from '../../src/transport/ping.ts'
import { type Tab, TabsBrowser } from '../support/tabs.ts'

/** Milliseconds that an answer takes: longer than somebody waits who has just come back, and shorter than it may be. */
const SLOW_MS = 3_000

const CARD = { number: 'A-1', assigneeId: 'p1', targetPoints: 10, status: 'open' } as const

const live = (tab: Tab) => tab.db.connection.getSnapshot()
const cards = (tab: Tab) => tab.db.cards.all().getSnapshot().rows
const numbers = (tab: Tab) =>
  cards(tab)
    .map(({ number }) => number)
    .sort()
const insert = (tab: Tab, number: string) => tab.db.cards.insert({ ...CARD, id: `card-${number}`, number })
const react = (tab: Tab, number: string) =>
  tab.db.cards.update(`card-${number}`, (card) => {
    card.reactions += 1
  })
const rename = (tab: Tab, number: string, notes: string) =>
  tab.db.cards.update(`card-${number}`, (card) => {
    card.notes = notes
  })

async function tabsOf(count: number) {
  const browser = new TabsBrowser()
  const tabs: Tab[] = []
  for (let i = 0; i < count; i++) tabs.push(await browser.open())
  const [first, second] = tabs
  if (!first || !second) throw new Error('there are two tabs at least')
  return { browser, tabs, first, second }
}

describe('tabs of one browser', () => {
  it('TAB-1 have one connection, and all of them are live', async () => {
    const { browser, tabs, first } = await tabsOf(5)
    expect(tabs.map((tab) => live(tab))).toEqual(
      tabs.map(() => expect.objectContaining({ state: 'live', persistence: 'kept' })),
    )
    expect(browser.wires).toHaveLength(1)
    insert(first, 'A-1')
    await browser.settle()
    expect(tabs.map(numbers)).toEqual(tabs.map(() => ['A-1']))
  })

  it('TAB-1 a tab that opens later is told what is there, and goes on with the others', async () => {
    const { browser, tabs, first } = await tabsOf(2)
    insert(first, 'A-1')
    await browser.settle()
    const third = await browser.open()
    insert(first, 'A-2')
    await browser.settle()
    expect([...tabs, third].map(numbers)).toEqual([0, 1, 2].map(() => ['A-1', 'A-2']))
    expect(browser.wires).toHaveLength(1)
  })

  it('TAB-1 a tab that connects before its browser says that it leads goes on as the one that does', async () => {
    const browser = new TabsBrowser()
    await browser.close(await browser.open())
    const { promise, resolve } = Promise.withResolvers<void>()
    browser.browser.slow = promise
    const tab = await browser.open()
    expect(live(tab).state).toBe('connecting')
    resolve()
    await browser.settle()
    expect(live(tab).state).toBe('live')
    expect(browser.wires).toHaveLength(1)
  })

  it('TAB-2 number their edits together, and each counts once', async () => {
    const { browser, tabs, first } = await tabsOf(5)
    insert(first, 'A-1')
    await browser.settle()
    const edits = [0, 1, 2].flatMap(() => tabs.map((tab) => react(tab, 'A-1')))
    await browser.settle()
    expect(await Promise.all(edits.map(({ saved }) => saved))).toEqual(edits.map(() => ({ ok: true })))
    expect(new Set(edits.map(({ n }) => n)).size).toBe(15)
    await browser.commit()
    expect((await Promise.all(edits.map(({ committed }) => committed))).every(({ ok }) => ok)).toBe(true)
    expect(tabs.map((tab) => cards(tab)[0]?.reactions)).toEqual(tabs.map(() => 15))
    expect(tabs.map((tab) => live(tab).pending)).toEqual(tabs.map(() => 0))
    expect(browser.disk.contents.values().next().value?.edits.size).toBe(0)
  })

  it.each([
    ['closed', (browser: TabsBrowser, tab: Tab) => browser.close(tab)],
    ['killed', (browser: TabsBrowser, tab: Tab) => browser.kill(tab)],
    [
      'put to sleep',
      async (browser: TabsBrowser, tab: Tab) => {
        tab.page.sleep()
        await browser.settle()
      },
    ],
  ])(
    'TAB-3 where the one that is connected is %s, another takes over, without gap or duplicate',
    async (_, end) => {
      const { browser, tabs, first, second } = await tabsOf(3)
      insert(second, 'A-1')
      await browser.settle()
      const before = react(second, 'A-1')
      // It is stored, and nobody has sent it.
      await Promise.resolve()
      await end(browser, first)
      const after = react(second, 'A-1')
      await browser.pass(100)
      const rest = tabs.filter((tab) => tab !== first)
      expect(rest.map((tab) => live(tab).state)).toEqual(['live', 'live'])
      expect(browser.wires).toHaveLength(1)
      await browser.commit()
      expect(await Promise.all([before.committed, after.committed])).toMatchObject([
        { ok: true },
        { ok: true },
      ])
      expect(rest.map((tab) => cards(tab)[0]?.reactions)).toEqual([2, 2])
    },
  )

  it('TAB-4 a page in front takes over from one that does not answer, which follows it when it is back', async () => {
    const { browser, first, second } = await tabsOf(2)
    insert(first, 'A-1')
    await browser.settle()
    first.page.freeze()
    await browser.pass(7_000)
    await browser.pass(100)
    expect(live(second).state).toBe('live')
    const edit = react(second, 'A-1')
    await browser.settle()
    expect(await edit.accepted).toMatchObject({ ok: true })
    first.page.thaw()
    await browser.pass(2_000)
    expect([live(first).state, live(second).state]).toEqual(['live', 'live'])
    expect(browser.wires).toHaveLength(1)
    expect(cards(first)[0]?.reactions).toBe(1)
  })

  it('TAB-18 a tab in front gives a slow link its time, whatever the tabs ask that follow it', async () => {
    const { browser } = await tabsOf(2)
    const [wire] = browser.wires
    if (!wire) throw new Error('there is a connection')
    const send = wire.send.bind(wire)
    wire.send = (text) => {
      if (text === PING) browser.clock.setTimer(SLOW_MS, () => send(text))
      else send(text)
    }
    await browser.pass(60_000)
    expect(browser.wires).toEqual([wire])
  })

  it('TAB-5 what a tab had stored when it was killed goes up all the same', async () => {
    const { browser, first, second } = await tabsOf(2)
    insert(first, 'A-1')
    await browser.settle()
    first.device.turn(false)
    const edit = react(second, 'A-1')
    for (let i = 0; i < 50; i++) await Promise.resolve()
    expect(await edit.saved).toEqual({ ok: true })
    await browser.kill(second)
    first.device.turn(true)
    await browser.pass(5_000)
    expect(cards(first)[0]?.reactions).toBe(1)
  })

  it('TAB-6 one that overwrites unseen what another tab had written keeps it as a conflict', async () => {
    const { browser, first, second } = await tabsOf(2)
    insert(first, 'A-1')
    await browser.settle()
    // In one turn, so that neither has heard of the other.
    rename(first, 'A-1', 'of the first')
    rename(second, 'A-1', 'of the second')
    await browser.settle()
    const { conflicts } = browser.server.tenant
    expect(conflicts).toMatchObject([
      {
        id: 'card-A-1',
        field: 'notes',
        winner: { value: 'of the second' },
        loser: { value: 'of the first' },
      },
    ])
    expect([first, second].map((tab) => cards(tab)[0]?.notes)).toEqual(['of the second', 'of the second'])
    // What is seen is overwritten without one, also where it was another tab's.
    rename(first, 'A-1', 'later')
    await browser.settle()
    expect(conflicts).toHaveLength(1)
  })

  it('TAB-6 so does one that was asleep while others wrote, before it has been told what they did', async () => {
    const { browser, first, second } = await tabsOf(2)
    insert(first, 'A-1')
    await browser.settle()
    first.isVisible = false
    first.page.sleep()
    first.page.freeze()
    await browser.settle()
    await browser.pass(2_000)
    rename(second, 'A-1', 'while the other slept')
    await browser.settle()
    await browser.commit()
    expect([cards(first)[0]?.notes, browser.disk.contents.values().next().value?.edits.size]).toEqual(['', 0])
    // It hears of the disk before it hears of rows.
    second.page.freeze()
    first.page.thaw()
    await browser.settle()
    const edit = rename(first, 'A-1', 'half asleep')
    await browser.settle()
    expect(await edit.saved).toEqual({ ok: true })
    second.page.thaw()
    await browser.pass(10_000)
    expect(await edit.accepted).toMatchObject({ ok: true })
    expect(browser.server.tenant.conflicts).toMatchObject([
      { winner: { value: 'half asleep' }, loser: { value: 'while the other slept' } },
    ])
    rename(first, 'A-1', 'awake')
    await browser.settle()
    expect(browser.server.tenant.conflicts).toHaveLength(1)
  })

  it('TAB-2 shows an edit of this tab over one of another that comes before it, in the order that they have', async () => {
    const { browser, tabs, first, second } = await tabsOf(2)
    insert(first, 'A-1')
    await browser.settle()
    first.device.turn(false)
    const one = rename(first, 'A-1', 'of the first')
    const other = rename(second, 'A-1', 'of the second')
    for (let i = 0; i < 200; i++) await Promise.resolve()
    expect([one.n, other.n]).toEqual([2, 3])
    expect(tabs.map((tab) => cards(tab)[0]?.notes)).toEqual(['of the second', 'of the second'])
  })

  it('TAB-2 what is told of the edit of another tab before it was found on the disk is not taken for one of this tab', async () => {
    const { browser, first, second } = await tabsOf(2)
    insert(first, 'A-1')
    await browser.settle()
    await browser.commit()
    // It cannot store anything, and so has a number for its edit that is the other's.
    const { promise, resolve } = Promise.withResolvers<void>()
    browser.slow.set(second.page, promise)
    const late = rename(second, 'A-1', 'late')
    const other = rename(first, 'A-1', 'early')
    await browser.settle()
    await browser.commit()
    expect(await other.committed).toMatchObject({ ok: true })
    expect(await Promise.race([late.accepted, 'open'])).toBe('open')
    browser.slow.delete(second.page)
    resolve()
    await browser.settle()
    await browser.commit()
    expect([other.n, late.n]).toEqual([2, 3])
    expect(await late.committed).toMatchObject({ ok: true })
    expect([first, second].map((tab) => [cards(tab)[0]?.notes, live(tab).pending])).toEqual([
      ['late', 0],
      ['late', 0],
    ])
    expect(browser.server.tenant.conflicts).toMatchObject([{ loser: { value: 'early' } }])
  })

  it('TAB-7 a refused edit is in every tab, until one of them deals with it', async () => {
    const { browser, tabs, first, second } = await tabsOf(3)
    insert(first, 'A-1')
    await browser.settle()
    await browser.commit()
    browser.server.refuseNext('cards', 'Postgres does not want it.')
    const lost = rename(second, 'A-1', 'refused')
    await browser.settle()
    await browser.commit()
    expect(await lost.committed).toMatchObject({ ok: false })
    const refused = () => tabs.map((tab) => tab.db.refused.getSnapshot().items.map(({ id }) => id))
    expect(refused()).toEqual(tabs.map(() => [expect.stringMatching(/:2$/)]))
    second.db.refused.getSnapshot().items[0]?.discard()
    await browser.settle()
    expect(refused()).toEqual(tabs.map(() => []))
    expect(browser.disk.contents.values().next().value?.refused.size).toBe(0)
  })

  it('TAB-8 whoever signs out does so in every tab', async () => {
    const { browser, first, second } = await tabsOf(2)
    expect(await second.db.signOut()).toEqual({ done: true })
    await browser.settle()
    expect(live(first).state).toBe('closed')
    expect(browser.disk.contents.size).toBe(0)
  })

  it('TAB-10 a tab of another person has a connection of its own', async () => {
    const { browser, first } = await tabsOf(2)
    browser.claims = { sub: 'ben', tenant: 'test', role: 'editor' }
    const other = await browser.open()
    await browser.pass(5_000)
    expect(live(other).state).toBe('live')
    expect(browser.wires).toHaveLength(2)
    expect(live(first).state).toBe('live')
  })

  it('TAB-11 a page that does not share leaves those alone that do, and works in memory', async () => {
    const { browser, first } = await tabsOf(2)
    const alone = await browser.open({ shares: false })
    expect(live(alone)).toMatchObject({ state: 'live', persistence: 'elsewhere' })
    expect(browser.wires).toHaveLength(2)
    expect(live(first)).toMatchObject({ state: 'live', persistence: 'kept' })
  })

  it('TAB-13 one whose disk fails works alone, and what it had stored the others send', async () => {
    const { browser, first, second } = await tabsOf(2)
    insert(first, 'A-1')
    await browser.settle()
    const stored = react(second, 'A-1')
    await browser.settle()
    browser.broken.add(second.page)
    const unsaved = react(second, 'A-1')
    await browser.settle()
    expect(await unsaved.saved).toMatchObject({ ok: false, error: { code: 'not-saved' } })
    await browser.pass(2_000)
    await browser.commit()
    expect(live(second)).toMatchObject({ state: 'live', persistence: 'unavailable' })
    expect(live(first)).toMatchObject({ state: 'live', persistence: 'kept' })
    expect(browser.wires.map(({ client }) => client)).toHaveLength(2)
    expect(await unsaved.committed).toMatchObject({ ok: true })
    expect(await stored.accepted).toMatchObject({ ok: true })
    expect([first, second].map((tab) => cards(tab)[0]?.reactions)).toEqual([2, 2])
  })

  it('TAB-9 sharing without a disk is a mistake, with the line that is missing', () => {
    const options = { url: 'https://tidemark.test', tenant: 'test', getToken: () => null, share: tabs() }
    expect(() => createClient(options)).toThrow('persist: indexedDb()')
  })
})
