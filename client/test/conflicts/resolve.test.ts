import { beforeEach, describe, expect, it } from 'vitest'
import { set } from '../../../test/support/memory-tenant.ts'
import { clash, ending, only, type Person, type Table, tableOfTwo } from '../support/disputed-board.ts'

const ANN = 'person of client-ann'
const BEN = 'person of client-ben'

let table: Table
let ann: Person
let ben: Person

beforeEach(async () => {
  ;({ table, ann, ben } = await tableOfTwo())
})

const title = () => table.server.tenant.row('cards', 'c1')?.['title']

describe('a field', () => {
  beforeEach(() => clash(table, ann, ben))

  it('CNF-45 yours is written by one edit, which says of the conflict how it was resolved, and both see by whom', async () => {
    const head = table.server.tenant.head
    const edit = only(ann.open).resolve('yours')
    expect(ann.open).toEqual([])
    expect(ann.db.cards.get('c1')?.title).toBe(`by ${ANN}`)
    await table.deliver()
    expect(await edit.accepted).toEqual({ ok: true, seq: head + 1 })
    expect([title(), table.server.tenant.head]).toEqual([`by ${ANN}`, head + 1])
    expect(ben.open).toEqual([])
    expect(ending(ben)).toEqual([['resolved', 'restored', ANN]])
    expect(ben.db.cards.get('c1')?.title).toBe(`by ${ANN}`)
  })

  it('CNF-45 what the field holds already is not written again: the conflict is resolved, and that is all', async () => {
    const { head } = table.server.tenant
    only(ann.open).resolve('theirs')
    await table.deliver()
    expect(
      table.server.tenant.log.slice(head).map(({ changes }) => changes.map(({ collection }) => collection)),
    ).toEqual([['tidemark_conflicts']])
    expect(title()).toBe(`by ${BEN}`)
    expect(ending(ben)).toEqual([['resolved', 'kept', ANN]])
  })

  it('CNF-45 another value is written in the place of both', async () => {
    const item = only(ben.open)
    if (item.collection === 'cards' && item.field === 'title') item.resolve({ value: 'both of us' })
    await table.deliver()
    expect(title()).toBe('both of us')
    expect(ending(ann)).toEqual([['resolved', 'replaced', BEN]])
    expect(only(ann.all)).toMatchObject({ current: 'both of us', state: 'resolved' })
  })

  it('CNF-46 restoring writes a losing value in sight of what is there, so that nothing is lost unseen by it', async () => {
    ben.db.cards.update('c1', (card) => {
      card.title = 'ben once more'
    })
    await table.deliver()
    expect(ending(ann)).toEqual([['superseded', null, null]])
    const [loser] = only(ann.all).losers
    const edit = loser?.restore()
    await table.deliver()
    expect(await edit?.accepted).toMatchObject({ ok: true })
    expect(title()).toBe(`by ${ANN}`)
    expect([ann.open, ben.open]).toEqual([[], []])
    expect(ending(ben)).toEqual([['resolved', 'restored', ANN]])
    expect(ben.db.cards.get('c1')?.title).toBe(`by ${ANN}`)
  })

  it('CNF-48 a conflict that is dismissed is over, and nothing else has happened', async () => {
    only(ben.open).dismiss()
    await table.deliver()
    expect(title()).toBe(`by ${BEN}`)
    expect(ending(ann)).toEqual([['resolved', 'dismissed', BEN]])
    // It can be restored all the same.
    only(ann.all).restore(only(ann.all).losers[0] ?? { id: '' })
    await table.deliver()
    expect([title(), ending(ben)]).toEqual([`by ${ANN}`, [['resolved', 'restored', ANN]]])
  })

  it('CNF-49 of two who resolve at once both edits count in their order, and what one of them lost by that is told to both', async () => {
    ben.isAway = true
    only(ann.open).resolve('yours')
    const item = only(ben.open)
    if (item.collection === 'cards' && item.field === 'title') item.resolve({ value: 'mixed' })
    await table.deliver()
    ben.isAway = false
    await table.deliver()
    expect(title()).toBe('mixed')
    for (const person of [ann, ben]) {
      const [open] = person.open
      expect(person.open).toHaveLength(1)
      expect(open?.losers.map(({ value, by }) => [value, by])).toEqual([[`by ${ANN}`, ANN]])
      expect(open?.winner).toMatchObject({ value: 'mixed', by: BEN })
    }
    // The item of the field has the losing values of both rounds.
    expect(only(ann.all).losers.map(({ state, resolution }) => [state, resolution])).toEqual([
      ['open', null],
      ['resolved', 'replaced'],
    ])
  })

  it('CNF-47 an item that is out of date closes what its reader had seen of it, and nothing that came since', async () => {
    const seen = only(ann.open)
    ben.isAway = true
    ann.db.cards.update('c1', (card) => {
      card.title = 'ann again'
    })
    ben.db.cards.update('c1', (card) => {
      card.title = 'ben again'
    })
    await table.deliver()
    ben.isAway = false
    await table.deliver()
    expect(only(ann.open).losers.map(({ value }) => value)).toContain('ann again')
    seen.dismiss()
    await table.deliver()
    expect(only(ann.open).losers.map(({ value }) => value)).toEqual(['ann again'])
  })

  it('CNF-47 how is one of three things; anything else is refused with a sentence, and nothing is done', async () => {
    const { head } = table.server.tenant
    for (const how of [
      'mine',
      undefined,
      null,
      5,
      { valu: 1 },
      { value: Number.NaN },
      { value: undefined },
    ]) {
      const result = await only(ann.open).resolve(how as 'yours').accepted
      expect(result).toMatchObject({ ok: false, error: { message: expect.stringMatching(/.{20}/) } })
    }
    expect(await only(ann.open).restore({ id: 'no such' }).accepted).toMatchObject({
      ok: false,
      error: { code: 'bad-operation' },
    })
    await table.deliver()
    expect([table.server.tenant.head, only(ann.open).state]).toEqual([head, 'open'])
  })

  it('CNF-47 without the record in sight nothing is written: the refusal says what to do', async () => {
    const eve = await table.join('client-eve', [])
    const stop = eve.listens()
    await table.deliver()
    const item = only(eve.open)
    expect(item.current).toBe(`by ${BEN}`)
    stop()
    await table.deliver()
    const edit = item.restore(item.losers[0] ?? { id: '' })
    await table.deliver()
    expect(await edit.accepted).toMatchObject({ ok: false, error: { code: 'not-ready' } })
    expect(title()).toBe(`by ${BEN}`)
  })
})

it('CNF-47 a move that the field does not allow is refused, and the conflict stays open', async () => {
  ben.isAway = true
  ann.db.cards.update('c1', (card) => {
    card.state = 'won'
  })
  ben.db.cards.update('c1', (card) => {
    card.state = 'lost'
  })
  await table.deliver()
  ben.isAway = false
  await table.deliver()
  const item = only(ben.open)
  expect(item).toMatchObject({
    policy: 'states',
    asked: true,
    current: 'won',
    yours: { value: 'lost', won: false },
  })
  expect(await item.resolve('yours').accepted).toMatchObject({
    ok: false,
    error: { code: 'illegal-transition' },
  })
  expect(only(ben.open)).toBe(item)
  item.resolve('theirs')
  await table.deliver()
  expect([ben.open, ending(ann)]).toEqual([[], [['resolved', 'kept', BEN]]])
})

it('CNF-51 more losing values than one edit may change are closed all the same, with the one that is restored', async () => {
  const { tenant } = table.server
  for (let i = 0; i < 230; i++)
    tenant.push(`client-x${String(i).padStart(4, '0')}`, [
      { n: 1, context: { epoch: tenant.epoch, seq: 1 }, ops: [set('cards', 'c1', { title: `t${i}` })] },
    ])
  ann.db.cards.update('c2', (card) => {
    card.votes += 1
  })
  await table.deliver()
  const item = only(ann.open)
  expect(item.losers).toHaveLength(229)
  const before = tenant.head
  const edit = item.restore(item.losers.at(-1) ?? { id: '' })
  await table.deliver()
  expect(await edit.accepted).toEqual({ ok: true, seq: before + 1 })
  expect([title(), ann.open, tenant.head]).toEqual(['t0', [], before + 1])
  expect(only(ann.all).losers.find(({ resolution }) => resolution === 'restored')?.value).toBe('t0')
})

it('CNF-51 so too where nothing is written, by as many edits as it takes', async () => {
  const { tenant } = table.server
  for (let i = 0; i < 230; i++)
    tenant.push(`client-x${String(i).padStart(4, '0')}`, [
      { n: 1, context: { epoch: tenant.epoch, seq: 1 }, ops: [set('cards', 'c1', { title: `t${i}` })] },
    ])
  ann.db.cards.update('c2', (card) => {
    card.votes += 1
  })
  await table.deliver()
  const before = tenant.head
  const edit = only(ann.open).dismiss()
  await table.deliver()
  expect(await edit.accepted).toEqual({ ok: true, seq: before + 3 })
  expect([ann.open, title()]).toEqual([[], 't229'])
  expect(new Set(only(ann.all).losers.map(({ resolution }) => resolution))).toEqual(new Set(['dismissed']))
})

it('CNF-47 what the server refuses is refused as a whole: the field is as it was, and the conflict is open again', async () => {
  await clash(table, ann, ben)
  table.server.readers.add('client-ann')
  const item = only(ann.open)
  const edit = item.resolve('yours')
  expect(ann.open).toEqual([])
  await table.deliver()
  expect(await edit.accepted).toMatchObject({ ok: false, error: { code: 'write-refused' } })
  expect([title(), ann.db.cards.get('c1')?.title]).toEqual([`by ${BEN}`, `by ${BEN}`])
  expect(ann.open.map(({ key, state }) => [key, state])).toEqual([[item.key, 'open']])
})

it('CNF-47 what is restored while the record is being deleted unseen is lost to the deletion, and told as that', async () => {
  await clash(table, ann, ben)
  ann.isAway = true
  const edit = only(ann.open).resolve('yours')
  ben.db.cards.delete('c1')
  await table.deliver()
  ann.isAway = false
  await table.deliver()
  expect(await edit.accepted).toMatchObject({ ok: true })
  for (const { open } of [ann, ben])
    expect(open.map(({ kind, deleted, losers: [lost] }) => [kind, deleted, lost?.value])).toEqual([
      ['delete-won', true, `by ${ANN}`],
    ])
})
