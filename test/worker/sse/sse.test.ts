import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { readEvents, type StreamEvent } from '../../../client/src/transport/event-stream.ts'
import { decodeDown } from '../../../src/protocol/codec/decode-down.ts'
import { encodeUp } from '../../../src/protocol/codec/encode-up.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import { MAX_FRAME_BYTES, MAX_SOCKETS_PER_SUBJECT } from '../../../src/protocol/limits.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import { newClient, newTenant, Peer, type Person, sign } from '../../tenant/support/peer.ts'
import { assignee, card, change } from '../../tenant/support/samples.ts'

const CARDS = JSON.stringify({ collection: 'cards' })

async function get(person: Person, search = '', headers: Record<string, string> = {}): Promise<Response> {
  return exports.default.fetch(`https://tidemark.test/sync/events${search}`, {
    headers: { Authorization: `Bearer ${await sign(person)}`, ...headers },
  })
}

/** A reader of a stream, and what goes up beside it. */
class Stream {
  readonly #person: Person
  readonly #events: AsyncGenerator<StreamEvent>
  readonly #version: number
  /** The frames as they came. */
  readonly texts: string[] = []
  readonly ids: string[] = []
  session = ''

  private constructor(person: Person, body: ReadableStream<Uint8Array>, version: number) {
    this.#person = person
    this.#version = version
    const decoder = new TextDecoder()
    const keepIds = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, onward) => {
        for (const [, id] of decoder.decode(chunk).matchAll(/^id: (.+)$/gm)) this.ids.push(id ?? '')
        onward.enqueue(chunk)
      },
    })
    this.#events = readEvents(body.pipeThrough(keepIds))
  }

  static async open(
    person: Person,
    search = '',
    headers: Record<string, string> = {},
    version = PROTOCOL_VERSION,
  ): Promise<Stream> {
    const { body, status } = await get(person, search, headers)
    if (!body) throw new Error(`no stream: ${status}`)
    const stream = new Stream(person, body, version)
    const { value } = await stream.#events.next()
    stream.session = value?.data ?? ''
    return stream
  }

  post(frames: readonly Up[], session?: string, person?: Person): Promise<number> {
    return this.postTexts(
      frames.map((frame) => encodeUp(frame, this.#version)),
      session,
      person,
    )
  }

  async postTexts(frames: readonly string[], session = this.session, person = this.#person): Promise<number> {
    const response = await exports.default.fetch('https://tidemark.test/sync/frames', {
      method: 'POST',
      headers: { Authorization: `Bearer ${await sign(person)}`, 'Tidemark-Session': session },
      body: frames.join('\n'),
    })
    return response.status
  }

  async next<Kind extends Down[0]>(kind: Kind): Promise<Extract<Down, readonly [Kind, ...unknown[]]>> {
    const wanted = (frame: Down): frame is Extract<Down, readonly [Kind, ...unknown[]]> => frame[0] === kind
    for (;;) {
      const { value, done } = await this.#events.next()
      if (done) throw new Error(`the stream ended before ${kind}`)
      if (value.event !== 'message' || value.data === '') continue
      this.texts.push(value.data)
      const decoded = decodeDown(value.data, this.#version)
      if (!decoded.ok) throw new Error(decoded.error.message)
      if (wanted(decoded.frame)) return decoded.frame
    }
  }

  /** The reason that the stream gives when it ends. */
  async reason(): Promise<unknown> {
    for (;;) {
      const { value, done } = await this.#events.next()
      if (done) return undefined
      if (value.event === 'close') return JSON.parse(value.data)
    }
  }

  async end(): Promise<void> {
    await this.#events.return(undefined)
  }
}

const hello = (client = newClient(), protocol = PROTOCOL_VERSION): Up => [
  'hello',
  { protocol, client, acknowledged: 0, unsettled: 1 },
]

describe('a stream of events', () => {
  it('SSE-1 brings the frames of a session, and takes its frames by POST, with the same receipts', async () => {
    const tenant = newTenant('stream')
    const ada = await Peer.join({ sub: 'ada', tenant })
    const stream = await Stream.open({ sub: 'ben', tenant })
    const subscribe: Up = ['subscribe', { id: 1, query: { collection: 'assignees' } }]
    expect(await stream.post([hello(), subscribe])).toBe(204)
    const [, { epoch }] = await stream.next('welcome')
    await stream.next('page')
    await stream.post([['push', 0, [{ n: 1, context: { epoch, seq: 0 }, ops: [assignee('a9')] }]]])
    expect((await stream.next('receipt'))[1]).toEqual([{ is: 'accepted', n: 1, seq: 1 }])
    await ada.next('rows')
    await ada.push(ada.edit(assignee('a2')))
    expect((await stream.next('rows'))[2]).toBe(1)
    expect((await stream.next('rows'))[2]).toBe(2)
    expect(stream.ids).toEqual([`${epoch}/0`, `${epoch}/1`, `${epoch}/2`])
  })

  it('SSE-2 is refused in words without a good token, from a strange origin, or for another protocol', async () => {
    const person = { sub: 'ben', tenant: newTenant('refused') }
    const statuses = await Promise.all([
      get(person, '', { Authorization: 'Bearer none' }),
      get(person, '', { Origin: 'https://elsewhere.example' }),
      get(person, '?protocol=1'),
      get(person, `?protocol=${PROTOCOL_VERSION + 1}`),
      get(person, '?q={'),
    ])
    expect(statuses.map(({ status }) => status)).toEqual([401, 403, 426, 426, 400])
    for (const response of statuses)
      expect(await response.json()).toMatchObject({ message: expect.any(String) })
  })

  it('PRO-22 speaks the version that is asked for, both ways', async () => {
    const tenant = newTenant('six')
    const ada = await Peer.join({ sub: 'ada', tenant })
    const stream = await Stream.open({ sub: 'ben', tenant }, '?protocol=6', {}, 6)
    const client = newClient()
    const subscribe = '["subscribe",{"id":1,"query":{"collection":"assignees"}}]'
    expect(await stream.post([hello(client, 6)])).toBe(204)
    expect((await stream.next('welcome'))[1].protocol).toBe(6)
    expect(await stream.postTexts([subscribe, '["seen",1]'])).toBe(204)
    await stream.next('page')
    expect(stream.texts.find((text) => text.startsWith('["view"'))).toMatch(/"seal":"0\./)
    await ada.push(ada.edit(assignee('a2')))
    expect((await stream.next('rows'))[2]).toBe(1)
    await stream.end()
  })

  it('PRO-22 shows a plain reader its query in the version it asks for, and goes on in any', async () => {
    const tenant = newTenant('six')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee()), ada.edit(card('c1')))
    const person = { sub: 'ben', tenant }
    const search = `?q=${encodeURIComponent(CARDS)}`
    let held = {}
    for (const [version, word] of [
      [6, 'seal'],
      [7, 'resumeToken'],
      [6, 'seal'],
    ] as const) {
      const stream = await Stream.open(person, `${search}&protocol=${version}`, held, version)
      if (!('Last-Event-ID' in held)) await stream.next('page')
      await ada.push(ada.edit(change('c1', { notes: { set: `seen in ${version}` } })))
      await stream.next('rows')
      await stream.end()
      const view = stream.texts.find((text) => text.startsWith('["view"')) ?? ''
      expect(view.includes('"resumed":true')).toBe('Last-Event-ID' in held)
      // An id tells what the view came with, whatever that is called.
      const token = stream.ids.at(-1)?.split('/').at(-1)
      expect(view).toContain(`"${word}":"${token}"`)
      held = { 'Last-Event-ID': stream.ids.at(-1) }
    }
  })

  it('SSE-3 takes frames from its own person only, and says when it has ended', async () => {
    const tenant = newTenant('own')
    const stream = await Stream.open({ sub: 'ben', tenant })
    expect(await stream.post([hello()], stream.session, { sub: 'eve', tenant })).toBe(409)
    expect(await stream.post([hello()], 'no such session')).toBe(409)
    const client = newClient()
    expect(await stream.post([hello(client)])).toBe(204)
    const successor = await Stream.open({ sub: 'ben', tenant })
    await successor.post([hello(client)])
    expect(await stream.reason()).toEqual({ code: 4409, reason: 'replaced' })
    expect(await stream.post([])).toBe(409)
  })

  it('SSE-3 takes no more at once than it says', async () => {
    const stream = await Stream.open({ sub: 'ben', tenant: newTenant('large') })
    const push: Up = ['auth', 'x'.repeat(4 * MAX_FRAME_BYTES)]
    expect(await stream.post([push])).toBe(413)
  })

  it('SSE-19 makes room for another of its person when its reader leaves', async () => {
    const person = { sub: 'ben', tenant: newTenant('leaving') }
    const streams: Stream[] = []
    for (let i = 0; i < MAX_SOCKETS_PER_SUBJECT; i++) streams.push(await Stream.open(person))
    const oneTooMany = await Stream.open(person)
    expect(await oneTooMany.reason()).toEqual({ code: 4429, reason: 'too-many-sockets' })
    await streams[0]?.end()
    const another = await Stream.open(person)
    await another.post([hello()])
    expect(await another.next('welcome')).toBeDefined()
  })

  it('SSE-4 shows a plain reader one query, and goes on from its last event', async () => {
    const tenant = newTenant('plain')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee()), ada.edit(card('c1')))
    const search = `?q=${encodeURIComponent(CARDS)}`
    const first = await Stream.open({ sub: 'ben', tenant }, search)
    expect((await first.next('page'))[1].rows).toHaveLength(1)
    await ada.push(ada.edit(card('c2')))
    await first.next('rows')
    const last = first.ids.at(-1) ?? ''
    await first.end()
    await ada.push(ada.edit(card('c3')), ada.edit({ op: 'delete', collection: 'cards', id: 'c1' }))
    const second = await Stream.open({ sub: 'ben', tenant }, search, { 'Last-Event-ID': last })
    const [, from, to, parts] = await second.next('rows')
    expect([from, to, parts]).toEqual([
      3,
      5,
      [[expect.any(Number), [expect.arrayContaining(['c3'])], [], ['c1']]],
    ])
    await second.end()
    const anew = await Stream.open({ sub: 'ben', tenant }, search, { 'Last-Event-ID': 'nonsense' })
    expect((await anew.next('page'))[1].rows).toHaveLength(2)
  })

  it('SSE-18 shows a plain reader a snapshot where its last event is of another log', async () => {
    const tenant = newTenant('elsewhere')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee()), ada.edit(card('c1')))
    const last = `another/7/${newClient()}/0.seal`
    const stream = await Stream.open({ sub: 'ben', tenant }, `?q=${encodeURIComponent(CARDS)}`, {
      'Last-Event-ID': last,
    })
    expect((await stream.next('page'))[1].rows).toHaveLength(1)
    await ada.push(ada.edit(card('c2')))
    expect((await stream.next('rows'))[2]).toBe(3)
    expect(stream.ids.map((id) => id.split('/').slice(0, 2).join('/'))).toEqual([
      `${ada.epoch}/2`,
      `${ada.epoch}/3`,
    ])
  })
})
