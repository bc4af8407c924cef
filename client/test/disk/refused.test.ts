import { expect, it } from 'vitest'
import type { Down } from '../../../src/protocol/down/down.ts'
import { wireError } from '../../../src/protocol/errors.ts'
import { accepted, type DeskClient, note } from '../support/desk.ts'
import { Browser, written } from '../support/visits.ts'

const rejected = (n: number, message: string): Down => [
  'receipt',
  [{ is: 'rejected', n, error: wireError('write-refused', message) }],
]

const items = (desk: DeskClient) => desk.db.refused.getSnapshot().items

/** A page with one edit of two records that was refused. */
async function refused() {
  const browser = new Browser()
  const desk = await browser.live(10, note('a', 'a', 1))
  desk.db.transaction((tx) => {
    tx.notes.update('a', (draft) => {
      draft.title = 'long words'
      draft.stars += 2
    })
    tx.notes.insert({ id: 'n', title: 'another' })
  })
  await written()
  await desk.say(rejected(1, 'The month is closed.'))
  await written()
  desk.take()
  return { browser, desk }
}

it('OFF-10 what a refused edit held stays readable, with the reason, also after a reload', async () => {
  const { browser, desk } = await refused()
  expect(desk.titles).toEqual(['a'])
  const before = items(desk)
  expect(before).toMatchObject([
    {
      writes: [
        {
          collection: 'notes',
          record: 'a',
          kind: 'update',
          values: { title: 'long words', stars: { add: 2 } },
        },
        { collection: 'notes', record: 'n', kind: 'insert', values: { title: 'another' } },
      ],
      error: { code: 'write-refused', message: 'The month is closed.' },
    },
  ])
  expect(desk.db.refused.getSnapshot()).toBe(desk.db.refused.getSnapshot())
  expect(browser.content()?.edits.size).toBe(0)
  await browser.kill(desk)
  const next = await browser.open()
  expect(items(next).map(({ id, error, at }) => ({ id, error, at }))).toEqual(
    before.map(({ id, error, at }) => ({ id, error, at })),
  )
})

it('OFF-11 it is tried again as it was, in sight of what is there now, and leaves the list', async () => {
  const { browser, desk } = await refused()
  const told: number[] = []
  desk.db.refused.subscribe(({ items: { length } }) => told.push(length))
  const edit = items(desk)[0]?.retry()
  expect(await edit?.saved).toEqual({ ok: true })
  await written()
  expect(desk.socket.takeEdits()).toMatchObject([
    {
      n: 2,
      ops: [
        { op: 'update', id: 'a', fields: { title: { set: 'long words' }, stars: { add: 2 } } },
        { op: 'insert', id: 'n', values: { title: 'another' } },
      ],
    },
  ])
  expect([told, items(desk)]).toEqual([[0], []])
  expect(browser.content()?.refused.size).toBe(0)
})

it('OFF-11 it is tried with other values, each judged as any edit is', async () => {
  const { desk } = await refused()
  const bad = items(desk)[0]?.change(([write]) => {
    if (write) write.values['title'] = 7
  })
  expect(await bad?.accepted).toMatchObject({ ok: false, error: { code: 'bad-value', ref: 'title' } })
  const unknown = items(desk)[0]?.change(([write]) => {
    if (write) write.values['colour'] = 'red'
  })
  expect(await unknown?.accepted).toMatchObject({ error: { code: 'unknown-column' } })
  const strange = items(desk)[0]?.change(([write]) => {
    if (write) write.values['title'] = new Date(0)
  })
  expect(await strange?.accepted).toMatchObject({ error: { code: 'bad-value' } })
  expect(items(desk)).toHaveLength(1)
  items(desk)[0]?.change(([first, second]) => {
    if (first) Object.assign(first.values, { title: 'short', stars: { add: 1 } })
    if (second) second.values['title'] = 'other'
  })
  await written()
  expect(desk.socket.takeEdits()).toMatchObject([
    { ops: [{ fields: { title: { set: 'short' }, stars: { add: 1 } } }, { values: { title: 'other' } }] },
  ])
  expect(items(desk)).toEqual([])
})

it('OFF-11 it is thrown away, here and on the disk', async () => {
  const { browser, desk } = await refused()
  items(desk)[0]?.discard()
  await written()
  expect([items(desk), browser.content()?.refused.size]).toEqual([[], 0])
})

it('OFF-12 what is refused holds up no other edit, and a revert by Postgres comes on the list, too', async () => {
  const { browser, desk } = await refused()
  const good = desk.db.notes.update('a', (draft) => {
    draft.title = 'good'
  })
  const late = desk.db.notes.update('a', (draft) => {
    draft.stars += 1
  })
  await written()
  await desk.say(accepted(2, 11), accepted(3, 12))
  expect(await good.accepted).toMatchObject({ ok: true })
  await desk.say([
    'receipt',
    [{ is: 'reverted', n: 3, seq: 13, error: wireError('refused-check', 'Too many stars.') }],
  ])
  await written()
  expect(await late.committed).toMatchObject({ ok: false })
  expect(items(desk).map(({ error }) => error.code)).toEqual(['write-refused', 'refused-check'])
  expect([...(browser.content()?.edits.keys() ?? [])]).toEqual([2])
})
