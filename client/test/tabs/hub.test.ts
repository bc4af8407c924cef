import { describe, expect, it } from 'vitest'
import type { Down } from '../../../src/protocol/down/down.ts'
import { SEEN_EVERY } from '../../../src/protocol/limits.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import type { SocketListener } from '../../src/environment/socket.ts'
import { Hub } from '../../src/tabs/hub.ts'
import { manifest, welcome } from '../support/desk.ts'
import { FakeSocket } from '../support/fake-socket.ts'

/** A page at the hub, which writes down what it hears. */
class Page implements SocketListener {
  readonly heard: unknown[] = []
  readonly closedWith: number[] = []
  opened(): void {}
  received(text: string): void {
    this.heard.push(text === 'pong' ? text : JSON.parse(text))
  }
  closed(code: number): void {
    this.closedWith.push(code)
  }
  take(): unknown[] {
    return this.heard.splice(0)
  }
}

const HELLO = { protocol: 7, client: 'client-a1', acknowledged: 0, unsettled: 1 }
const subscribe = (id: number, more: object = {}) =>
  JSON.stringify(['subscribe', { id, query: { collection: 'notes' }, ...more }])
const resume = (seq: number) => ({ resume: { epoch: 'e1', seq, resumeToken: 't' } })
const named = (subscription: number, view: number, more: object = {}): Down => [
  'view',
  { subscription, view, columns: ['id'], resumeToken: 't', ...more },
]
const page = (view: number, ids: string[], last = true): Down => [
  'page',
  { view, seq: 10, rows: ids.map((id) => [id]), last, total: 2 },
]
const rows = (from: number, to: number, ...ids: string[]): Down => [
  'rows',
  from,
  to,
  [[0, [], ids.map((id) => [id, 0, 'x']), []]],
]

/** A hub on a page that is welcomed, and another page at it that is as well. */
function hubOfTwo(version = PROTOCOL_VERSION, hello: object = HELLO) {
  let socket: FakeSocket | undefined
  let asked = 0
  const own = new Page()
  const port = {
    openSocket: (...given: ConstructorParameters<typeof FakeSocket>) => (socket = new FakeSocket(...given)),
    manifest: () => manifest,
    opened: () => {},
    asked: () => void asked++,
  }
  const hub = new Hub(port, 'ws://x', [], own)
  if (!socket) throw new Error('a hub opens a socket')
  socket.open(version)
  hub.send(JSON.stringify(['hello', hello]))
  socket.say(welcome())
  const other = new Page()
  const guest = hub.connect(other)
  guest.send(JSON.stringify(['hello', HELLO]))
  return { hub, socket, own, other, guest, asks: () => asked, sent: (): Up[] => socket?.take() ?? [] }
}

describe('the hub', () => {
  it('TAB-12 welcomes a page as things stand, with the manifest it lacks, and sends one hello', () => {
    const { socket, hub, other, sent } = hubOfTwo()
    expect(sent()).toEqual([['hello', HELLO]])
    expect(other.take()).toMatchObject([['welcome', { seq: 10, manifest: { hash: 'desk-1' } }]])
    socket.say(
      ['committed', 12],
      ['receipt', [{ is: 'accepted', n: 4, seq: 12 }]],
      [
        'receipt',
        [{ is: 'reverted', n: 2, seq: 13, error: { code: 'exists', message: '', retryable: false } }],
      ],
    )
    const late = new Page()
    hub.connect(late).send(JSON.stringify(['hello', { ...HELLO, manifest: 'desk-1' }]))
    expect(late.take()).toEqual([
      [
        'welcome',
        expect.objectContaining({ committed: 12, known: 4, reverts: [expect.objectContaining({ n: 2 })] }),
      ],
    ])
    late.take()
  })

  it('TAB-12 answers subscriptions under the numbers of their pages, one page after the other', () => {
    const { hub, socket, own, other, guest, sent } = hubOfTwo()
    for (const page of [own, other]) page.take()
    sent()
    hub.send(subscribe(1))
    guest.send(subscribe(1))
    expect(sent()).toMatchObject([['subscribe', { id: 1 }]])
    socket.say(named(1, 0), page(0, ['a'], false))
    expect(sent()).toEqual([])
    socket.say(page(0, ['b']))
    expect(sent()).toMatchObject([['subscribe', { id: 2 }]])
    expect([own.take().length, other.take()]).toEqual([3, []])
    // The same view, since it is the same query: its pages are for whoever asked.
    socket.say(named(2, 0), page(0, ['a', 'b']))
    expect([own.take(), other.take()]).toMatchObject([
      [],
      [
        ['view', { subscription: 1 }],
        ['page', { last: true }],
      ],
    ])
    socket.say(rows(10, 11, 'a'))
    expect([own.take(), other.take()]).toEqual([
      [['rows', 10, 1, expect.anything()]],
      [['rows', 10, 1, expect.anything()]],
    ])
    guest.send(JSON.stringify(['unsubscribe', { id: 1 }]))
    expect(sent()).toEqual([['unsubscribe', { id: 2 }]])
    socket.say(rows(11, 12, 'a'))
    expect([own.take().length, other.take()]).toEqual([1, []])
  })

  it('TAB-12 tells a page that goes on what it missed from where it stood, and the others nothing of it', () => {
    const { hub, socket, own, other, guest, sent } = hubOfTwo()
    hub.send(subscribe(1))
    socket.say(named(1, 0), page(0, []))
    guest.send(subscribe(5, resume(7)))
    sent()
    for (const page of [own, other]) page.take()
    socket.say(named(2, 0, { resumed: true }), rows(10, 10, 'a'))
    expect(other.take()).toEqual([
      ['view', expect.objectContaining({ subscription: 5, resumed: true })],
      ['rows', 7, 3, [[0, [['a', 0, 'x']]]]],
    ])
    expect(own.take()).toEqual([['rows', 10, 0, []]])
  })

  it('TAB-12 tells a refusal, and an answer about a text, to whoever asked', () => {
    const { socket, own, other, guest, sent } = hubOfTwo()
    for (const page of [own, other]) page.take()
    guest.send(subscribe(4))
    guest.send(JSON.stringify(['read-text', { id: 9, collection: 'notes', record: 'a', column: 'title' }]))
    sent()
    const error = { code: 'bad-query', message: '', retryable: false } as const
    socket.say(['error', { ...error, ref: 1 }], ['text', 1, { error }])
    expect([own.take(), other.take()]).toEqual([
      [],
      [
        ['error', { ...error, ref: 4 }],
        ['text', 9, { error }],
      ],
    ])
  })

  it('TAB-12 watches what any page watches, and answers whoever asked', () => {
    const { hub, socket, own, other, guest, sent } = hubOfTwo()
    sent()
    hub.send(JSON.stringify(['watch', { patterns: ['a', 'b'] }]))
    guest.send(JSON.stringify(['watch', { patterns: ['b', 'c'] }]))
    for (const page of [own, other]) page.take()
    const answer: Down = ['invalidate', { epoch: 'e1', seq: 10, tags: [], watched: true }]
    socket.say(answer)
    expect([own.take(), other.take()]).toEqual([
      [answer],
      [['invalidate', { epoch: 'e1', seq: 10, tags: [] }]],
    ])
    socket.say(answer)
    expect(other.take()).toEqual([answer])
    sent()
    hub.send(JSON.stringify(['unwatch', ['a', 'b']]))
    guest.close()
    expect(sent()).toEqual([
      ['unwatch', ['a']],
      ['unwatch', ['b', 'c']],
    ])
  })

  it('TAB-12 is where any page is, and tells one that comes later who is there', () => {
    const { hub, socket, other, guest, sent } = hubOfTwo()
    sent()
    hub.send(JSON.stringify(['presence', { at: ['hall'], of: ['hall'] }]))
    const peer = { subject: 'ben', name: 'Ben', places: ['hall'] }
    socket.say(['peers', { signs: true, peers: [peer] }])
    other.take()
    guest.send(JSON.stringify(['presence', { at: ['attic'], of: ['hall'] }]))
    expect(other.take()).toEqual([['peers', { signs: true, all: true, peers: [peer] }]])
    guest.close()
    expect(sent()).toEqual([
      ['presence', { at: ['hall'], of: ['hall'] }],
      ['presence', { at: ['hall', 'attic'], of: ['hall'] }],
      ['presence', { at: ['hall'], of: ['hall'] }],
    ])
  })

  it('TAB-12 says what was read for all pages, and sends the edits of its own', () => {
    const { hub, socket, guest, sent } = hubOfTwo()
    sent()
    const push: Up = [
      'push',
      0,
      [{ n: 1, context: { epoch: 'e1', seq: 1 }, ops: [{ op: 'delete', collection: 'notes', id: 'a' }] }],
    ]
    guest.send(JSON.stringify(push))
    guest.send(JSON.stringify(['read-ack', 5]))
    hub.send(JSON.stringify(push))
    expect(sent()).toEqual([push])
    socket.say(['invalidate', { epoch: 'e1', seq: 11, tags: ['x'.repeat(SEEN_EVERY)] }])
    expect(sent()).toEqual([['read-ack', expect.any(Number)]])
  })

  it('TAB-14 has the server answer again what it answered before a page came, and nothing else', () => {
    const { socket, guest, sent } = hubOfTwo()
    socket.say(['receipt', [{ is: 'accepted', n: 2, seq: 11 }]])
    sent()
    const ops = [{ op: 'delete', collection: 'notes', id: 'a' }]
    const edits = [1, 2, 3].map((n) => ({ n, context: { epoch: 'e1', seq: 10 }, ops }))
    guest.send(JSON.stringify(['push', 0, edits]))
    expect(sent()).toEqual([['push', 0, edits.slice(0, 2)]])
  })

  it('TAB-15 gives a page the manifest in the words of the server, which it is asked for where it has its own', () => {
    const hello = { ...HELLO, protocol: 6 }
    const { socket, hub, own, sent } = hubOfTwo(6, { ...hello, manifest: 'desk-1' })
    expect(sent()).toMatchObject([['hello', hello]])
    expect(socket.texts.join()).not.toContain('desk-1')
    const [told] = own.take()
    const late = new Page()
    hub.connect(late).send(JSON.stringify(['hello', hello]))
    expect(late.take()).toEqual([told])
    expect(socket.texts).toHaveLength(1)
  })

  it('TAB-12 answers a page that asks whether it lives, and looks after the connection then', () => {
    const { other, guest, asks } = hubOfTwo()
    other.take()
    guest.send('ping')
    expect([other.take(), asks()]).toEqual([['pong'], 1])
  })

  it('TAB-10 turns a page away that speaks for somebody else, or under another client id', () => {
    const { hub } = hubOfTwo()
    for (const given of [{ owner: 'ben' }, { client: 'client-b2' }]) {
      const stranger = new Page()
      hub.connect(stranger).send(JSON.stringify(['hello', { ...HELLO, ...given }]))
      expect(stranger.take()).toMatchObject([['error', { code: 'subject-changed', ref: 'ann' }]])
    }
  })

  it('TAB-3 ends for all pages; that a newer session has replaced it they hear as a loss', () => {
    const { socket, own, other } = hubOfTwo()
    socket.cut(4409)
    expect([own.closedWith, other.closedWith]).toEqual([[1006], [1006]])
  })
})
