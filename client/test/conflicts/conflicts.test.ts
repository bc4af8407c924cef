import { expect, it } from 'vitest'
import { clash, only, Table } from '../support/disputed-board.ts'

const ANN = 'person of client-ann'
const BEN = 'person of client-ben'

async function annAndBen() {
  const table = new Table()
  const [ann, ben] = [await table.join('client-ann'), await table.join('client-ben')]
  for (const person of [ann, ben]) person.listens()
  await table.deliver()
  return { table, ann, ben }
}

it('CNF-41 both people of a conflict have it as one item: what was before, both values with their authors, what stands now', async () => {
  const { table, ann, ben } = await annAndBen()
  expect(ann.db.conflicts.open().getSnapshot()).toEqual({ items: [], status: 'ready' })
  await clash(table, ann, ben)
  const item = only(ann.open)
  expect(item).toMatchObject({
    kind: 'field',
    collection: 'cards',
    record: 'c1',
    field: 'title',
    policy: 'lww',
    asked: false,
    state: 'open',
    base: 'c1',
    current: `by ${BEN}`,
    deleted: false,
    winner: { value: `by ${BEN}`, by: BEN, client: 'client-ben', won: true },
    yours: { value: `by ${ANN}`, by: ANN, client: 'client-ann', won: false },
    theirs: { value: `by ${BEN}`, by: BEN, won: true },
    losers: [
      { value: `by ${ANN}`, by: ANN, state: 'open', resolution: null, resolvedBy: null, field: 'title' },
    ],
  })
  expect(only(ben.open)).toMatchObject({
    key: item.key,
    yours: { value: `by ${BEN}`, won: true },
    theirs: { value: `by ${ANN}`, won: false },
  })
})

it('CNF-42 all that loses in one field is one item, the newest first; another field is another one', async () => {
  const { table, ann, ben } = await annAndBen()
  const cyd = await table.join('client-cyd')
  // Three write unseen, so two lose.
  cyd.isAway = true
  cyd.db.cards.update('c1', (card) => {
    card.title = 'by cyd'
  })
  await clash(table, ann, ben)
  cyd.isAway = false
  await table.deliver()
  await clash(table, ann, ben, 'note')
  const items = ben.open
  expect(items.map(({ field }) => field)).toEqual(['note', 'title'])
  expect(items[1]?.losers.map(({ by, value, base }) => [by, value, base])).toEqual([
    [BEN, `by ${BEN}`, 'c1'],
    [ANN, `by ${ANN}`, 'c1'],
  ])
  expect(items[1]).toMatchObject({
    winner: { value: 'by cyd' },
    yours: { by: BEN, won: false },
    theirs: { value: 'by cyd' },
  })
})

it('CNF-43 an item and a list are the same objects until something of them changes, and nobody is told before', async () => {
  const { table, ann, ben } = await annAndBen()
  let told = 0
  ann.db.conflicts.open().subscribe(() => told++)
  await clash(table, ann, ben)
  await clash(table, ann, ben, 'note')
  const before = ann.db.conflicts.open().getSnapshot()
  const { items } = before
  told = 0
  ben.db.cards.update('c2', (card) => {
    card.title = 'elsewhere'
  })
  ben.db.cards.update('c1', (card) => {
    card.votes += 1
  })
  await table.deliver()
  expect([ann.db.conflicts.open().getSnapshot() === before, told]).toEqual([true, 0])
  await clash(table, ann, ben, 'note')
  const after = ann.db.conflicts.open().getSnapshot().items
  expect(after.map(({ field }) => field)).toEqual(['note', 'title'])
  expect(after.map((item, i) => item === items[i])).toEqual([false, true])
  expect(told).toBeGreaterThan(0)
})

it('CNF-43 what the field holds is in its item at once, with the own edits over it', async () => {
  const { table, ann, ben } = await annAndBen()
  await clash(table, ann, ben)
  ann.isAway = true
  ann.db.cards.update('c1', (card) => {
    card.title = 'third'
  })
  expect(only(ann.open)).toMatchObject({ current: 'third', state: 'open' })
  await table.deliver()
  ann.isAway = false
  await table.deliver()
  // It was written in sight of both.
  expect([ann.open, ben.open]).toEqual([[], []])
})

it('CNF-44 where both values are the reader’s, from two devices, yours is what this one wrote', async () => {
  const table = new Table()
  const phone = await table.join('client-phone')
  const desk = await table.join('client-desk')
  table.server.subjects.set('client-phone', 'ann')
  table.server.subjects.set('client-desk', 'ann')
  for (const device of [phone, desk]) {
    device.wire?.cut()
    await table.environment.pass(5_000)
    device.listens()
  }
  await table.deliver()
  await clash(table, phone, desk)
  expect(only(phone.open)).toMatchObject({
    yours: { client: 'client-phone' },
    theirs: { client: 'client-desk' },
  })
  expect(only(desk.open)).toMatchObject({
    yours: { client: 'client-desk' },
    theirs: { client: 'client-phone' },
  })
})

it('CNF-44 somebody who looks on has no value of it, and chooses another’s', async () => {
  const { table, ann, ben } = await annAndBen()
  await clash(table, ann, ben)
  const eve = await table.join('client-eve')
  eve.listens()
  await table.deliver()
  const item = only(eve.open)
  expect(item).not.toHaveProperty('yours')
  expect(item.theirs).toMatchObject({ by: BEN, won: true })
  expect(await item.resolve('yours').accepted).toMatchObject({ ok: false, error: { code: 'bad-operation' } })
  item.losers[0]?.restore()
  await table.deliver()
  expect(ben.db.cards.get('c1')?.title).toBe(`by ${ANN}`)
})

it('CNF-52 the records of open conflicts are held while somebody listens, and let go of after', async () => {
  const { table, ann, ben } = await annAndBen()
  const eve = await table.join('client-eve', [])
  const stop = eve.listens()
  await clash(table, ann, ben)
  await table.deliver()
  expect(eve.db.cards.get('c1')?.title).toBe(`by ${BEN}`)
  ben.db.cards.update('c2', (card) => {
    card.title = 'a second'
  })
  ben.isAway = true
  ben.db.cards.update('c2', (card) => {
    card.note = 'b'
  })
  ann.db.cards.update('c2', (card) => {
    card.note = 'a'
  })
  await table.deliver()
  ben.isAway = false
  await table.deliver()
  // Another record comes to be held, and the first one is not lost sight of.
  expect(eve.open.map(({ record, current }) => [record, current])).toEqual([
    ['c2', 'b'],
    ['c1', `by ${BEN}`],
  ])
  expect(eve.db.conflicts.open().getSnapshot().status).toBe('ready')
  expect(eve.wire?.views.size).toBe(2)
  stop()
  await table.deliver()
  expect([eve.db.cards.get('c1'), eve.wire?.views.size]).toEqual([undefined, 0])
  expect(eve.db.conflicts.open().getSnapshot()).toEqual({ items: [], status: 'loading' })
})

it('CNF-52 a record that its reader holds already is asked for once more for sight of all its fields', async () => {
  const { table, ann, ben } = await annAndBen()
  const eve = await table.join('client-eve', [])
  eve.db.cards
    .all()
    .select('votes')
    .subscribe(() => {})
  eve.listens()
  await clash(table, ann, ben)
  const edit = only(eve.open).losers[0]?.restore()
  await table.deliver()
  expect(await edit?.accepted).toMatchObject({ ok: true })
  expect([ann.open, ann.db.cards.get('c1')?.title]).toEqual([[], `by ${ANN}`])
})

it('CNF-53 those of a collection, of a record or of a field can be asked for, and whoever asks the same shares it', async () => {
  const { table, ann, ben } = await annAndBen()
  await clash(table, ann, ben)
  await clash(table, ann, ben, 'note')
  const { conflicts } = ann.db
  const of = [
    conflicts.open({ collection: 'cards' }),
    conflicts.open({ collection: 'cards', record: 'c1' }),
    conflicts.open({ collection: 'cards', record: 'c1', field: 'note' }),
    conflicts.open({ collection: 'cards', record: 'c2' }),
    conflicts.open({ collection: 'keepers' }),
    conflicts.all({ collection: 'cards', field: 'title' }),
  ]
  const stops = of.map((one) => one.subscribe(() => {}))
  await table.deliver()
  expect(of.map((one) => one.getSnapshot().items.map(({ field }) => field))).toEqual([
    ['note', 'title'],
    ['note', 'title'],
    ['note'],
    [],
    [],
    ['title'],
  ])
  expect(conflicts.open({ collection: 'cards' })).toBe(of[0])
  for (const stop of stops) stop()
  await table.deliver()
  expect(conflicts.open({ collection: 'cards' })).not.toBe(of[0])
})

it('CNF-53 conflicts are a loop as well, which ends the subscription when it is left', async () => {
  const { table, ann, ben } = await annAndBen()
  const counts: number[] = []
  const read = (async () => {
    for await (const { items } of ann.db.conflicts.all()) {
      counts.push(items.length)
      if (items.length === 1) return
    }
  })()
  await table.deliver()
  await clash(table, ann, ben)
  await read
  expect(counts.at(-1)).toBe(1)
})

it('CNF-54 a server that keeps no conflicts is no trouble: the list says why it is empty', async () => {
  const table = new Table(1, false)
  const ann = await table.join('client-ann')
  ann.listens()
  await table.deliver()
  expect(ann.db.conflicts.open().getSnapshot()).toMatchObject({
    items: [],
    status: 'error',
    error: { code: 'unknown-collection' },
  })
  expect(ann.db.connection.getSnapshot().state).toBe('live')
})
