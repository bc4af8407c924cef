import { describe, expect, it, vi } from 'vitest'
import type { Op } from '../../../src/protocol/edit.ts'
import { CLOSE } from '../../../src/protocol/errors.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'

const nested = `["push",0,${'['.repeat(40)}${']'.repeat(40)}]`

/** Texts no frame looks like, with the code that answers each. */
const HOSTILE: [string, string, string][] = [
  ['no JSON', 'hello?', 'bad-json'],
  ['no frame', '{"kind":"push"}', 'bad-frame'],
  ['an unknown kind', '["drop-table",1]', 'unknown-kind'],
  ['a wrong type', '["push","0",[]]', 'bad-frame'],
  ['too deep a nesting', nested, 'too-deep'],
  ['a prototype key', '["subscribe",{"id":1,"collection":"cards","__proto__":{"a":1}}]', 'forbidden-key'],
  ['a number that is none', '["push",1e400,[]]', 'bad-number'],
  ['a NUL', '["auth","a\\u0000b"]', 'bad-text'],
  ['a frame of 300 KiB', `["auth","${'x'.repeat(300 * 1024)}"]`, 'too-large'],
]

describe('bad input', () => {
  it.each(HOSTILE)(
    'TEN-20 %s closes the socket with a code, one log line, and no effect on others',
    async (_, text, code) => {
      const tenant = newTenant('hostile')
      const ada = await Peer.join({ sub: 'ada', tenant })
      const eve = await Peer.join({ sub: 'eve', tenant })
      const lines = vi.spyOn(console, 'log')
      eve.sendText(text)

      const { code: close, reason } = await eve.untilClosed()
      expect(reason).toBe(code)
      expect(close).toBe(code === 'too-large' ? CLOSE.tooLarge : CLOSE.protocol)
      expect(lines.mock.calls.map(([line]) => JSON.parse(String(line)))).toMatchObject([
        { event: 'frame-refused', code },
      ])
      lines.mockRestore()
      expect(await ada.push(ada.edit(assignee()))).toMatchObject([{ is: 'accepted', seq: 1 }])
    },
  )

  it('TEN-21 a socket that does not say hello first is closed', async () => {
    const eve = await Peer.open({ sub: 'eve', tenant: newTenant('rude') })
    eve.send(['subscribe', { id: 1, query: { collection: 'cards' } }])
    expect((await eve.untilClosed()).reason).toBe('hello-first')
  })

  it('TEN-22 a subscription to what does not exist is refused, and the session goes on', async () => {
    const ada = await Peer.join({ sub: 'ada', tenant: newTenant('missing') })
    ada.send(['subscribe', { id: 9, query: { collection: 'pg_catalog' } }])
    expect((await ada.next('error'))[1]).toMatchObject({ code: 'unknown-collection', ref: 9 })
    expect(await ada.push(ada.edit(assignee()))).toMatchObject([{ is: 'accepted' }])
  })

  it('TEN-61 a second subscription under a number ends the session', async () => {
    const ada = await Peer.join({ sub: 'ada', tenant: newTenant('twice') })
    ada.send(['subscribe', { id: 0, query: { collection: 'assignees' } }])
    expect((await ada.next('error'))[1]).toMatchObject({ code: 'bad-frame' })
    expect(await ada.untilClosed()).toMatchObject({ code: 4400 })
  })

  it.each([
    ['an unknown column', change('c1', { tenantId: { set: 'other' } }), 'unknown-column'],
    ['a wrong type', change('c1', { targetPoints: { set: '100' } }), 'bad-value'],
    ['half a point', change('c1', { targetPoints: { set: 1.5 } }), 'bad-value'],
    ['a number that loses precision', change('c1', { targetPoints: { set: 2 ** 53 } }), 'bad-value'],
    ['a field that effects write', change('c1', { pointsWon: { add: 1 } }), 'effect-only'],
    ['a move that is not legal', change('c1', { status: { set: 'finished' } }), 'illegal-transition'],
    ['a record that is not there', change('nope', { notes: { set: '' } }), 'not-found'],
    ['an id that is taken', card('c1'), 'exists'],
    ['a missing value', { op: 'insert', collection: 'cards', id: 'c2', values: {} }, 'missing-value'],
    ['an insert-only record', { op: 'delete', collection: 'prizes', id: 'p1' }, 'insert-only'],
  ] as const)('TEN-23 an edit with %s is refused by name', async (_, op, code) => {
    const ada = await Peer.join({ sub: 'ada', tenant: newTenant('fields') })
    await ada.push(ada.edit(assignee(), card('c1')))
    await ada.next('rows')
    const [verdict] = await ada.push(ada.edit(op))
    expect(verdict).toMatchObject({ is: 'rejected', error: { code, retryable: false } })
  })

  it('TEN-24 an edit that claims to have seen the future is refused', async () => {
    const ada = await Peer.join({ sub: 'ada', tenant: newTenant('future') })
    const forged = { ...ada.edit(assignee()), context: { epoch: ada.epoch, seq: 99 } }
    expect(await ada.push(forged)).toMatchObject([{ is: 'rejected', error: { code: 'vector-from-future' } }])
  })
})

describe('an edit that would not fit the storage', () => {
  const LONG = '\u20AC'.repeat(20_000)
  const large = (i: number, text = LONG): Op => ({
    op: 'insert',
    collection: 'assignees',
    id: `large${i}`,
    values: { name: text, email: text, city: text },
  })

  it('QRY-73 because it deletes too much at once is refused, and those of the same turn are taken', async () => {
    const tenant = newTenant('deletes')
    const ada = await Peer.join({ sub: 'ada', tenant })
    const ben = await Peer.join({ sub: 'ben', tenant })
    const ids = Array.from({ length: 10 }, (_, i) => i)
    for (const i of ids) await ada.push(ada.edit(large(i)))
    const all = ids.map((i): Op => ({ op: 'delete', collection: 'assignees', id: `large${i}` }))
    const [refused, taken] = await Promise.all([ada.push(ada.edit(...all)), ben.push(ben.edit(assignee()))])
    expect(refused).toMatchObject([{ is: 'rejected', error: { code: 'too-large', retryable: false } }])
    expect(taken).toMatchObject([{ is: 'accepted' }])
    for (const one of all) expect(await ada.push(ada.edit(one))).toMatchObject([{ is: 'accepted' }])
    expect([ada.closed, ben.closed]).toEqual([undefined, undefined])
  })

  it('QRY-73 what fits a frame is taken, many at once, and told to everybody', async () => {
    const tenant = newTenant('many-large')
    const ada = await Peer.join({ sub: 'ada', tenant })
    const ben = await Peer.join({ sub: 'ben', tenant })
    const ids = Array.from({ length: 20 }, (_, i) => i)
    for (const i of ids) ada.send(['push', 0, [ada.edit(large(i))]])
    for (const _ of ids) expect((await ada.next('receipt'))[1]).toMatchObject([{ is: 'accepted' }])
    const heard = () => JSON.stringify(ben.frames)
    await ben.until('all of them', () => ids.every((i) => heard().includes(`"large${i}"`)))
  })
})
