import { describe, expect, it } from 'vitest'
import { MAX_FRAME_BYTES } from '../../../src/protocol/limits.ts'
import { eventsOpener } from '../../src/transport/events-opener.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'
import { FakeService } from '../support/fake-service.ts'

/** Lets streams and promises go on that wait for nothing outside. */
const settle = () => new Promise<void>((resolve) => setTimeout(resolve, 0))

/** A socket over events, with a service and a clock of the test's. */
class Desk {
  readonly service = new FakeService()
  readonly environment = new FakeEnvironment()
  readonly heard: string[] = []
  subprotocol: string | undefined
  readonly socket

  constructor(status = 200, unsupported: readonly string[] = []) {
    this.service.status = status
    for (const version of unsupported) this.service.unsupported.add(version)
    const { now, setTimer } = this.environment
    const open = eventsOpener({ now, setTimer, fetch: this.service.fetch })
    this.socket = open(
      'wss://x.example/sync/connect',
      ['tidemark.v8', 'tidemark.v7', 'tidemark.v6', 'bearer.t1'],
      {
        opened: (subprotocol) => {
          this.subprotocol = subprotocol
          this.heard.push('opened')
        },
        received: (text) => this.heard.push(text),
        closed: (code) => this.heard.push(`closed ${code}`),
      },
    )
  }

  static async opened(): Promise<Desk> {
    const desk = new Desk()
    await desk.say('event: session\ndata: s1\n\n')
    return desk
  }

  async say(text: string): Promise<void> {
    await settle()
    this.service.write(text)
    await settle()
  }

  async answer(request: number, status = 204): Promise<void> {
    this.service.requests[request]?.answer(status)
    await settle()
  }
}

describe('a stream of events in place of a socket', () => {
  it('SSE-11 shows its token in a header and never in an address', async () => {
    const { service, socket } = await Desk.opened()
    socket.send('a')
    expect(service.streamPaths.join()).toMatch(/^\/sync\/events\?protocol=\d+$/)
    expect(service.streamHeaders.get('Authorization')).toBe('Bearer t1')
    const [request] = service.requests
    expect([
      request?.path,
      request?.headers.get('Authorization'),
      request?.headers.get('Tidemark-Session'),
    ]).toEqual(['/sync/frames', 'Bearer t1', 's1'])
  })

  it('SSE-11 goes on with the token that it was renewed with', async () => {
    const { service, socket } = await Desk.opened()
    socket.send('["auth","t2"]')
    expect(service.requests[0]?.headers.get('Authorization')).toBe('Bearer t2')
  })

  it('SSE-12 reads events however they are cut, and passes frames on in their order', async () => {
    const desk = await Desk.opened()
    await desk.say(':\n\nid: e/1\ndata: ["ro')
    await desk.say('ws"]\n')
    await desk.say('\ndata: ["committed",1]\n\n:\n\n')
    expect(desk.heard.filter((text) => text !== 'pong')).toEqual(['opened', '["rows"]', '["committed",1]'])
  })

  it('SSE-13 sends one request at a time, and what comes meanwhile in the next', async () => {
    const desk = await Desk.opened()
    for (const frame of ['a', 'b', 'c']) desk.socket.send(frame)
    expect(desk.service.bodies).toEqual(['a'])
    await desk.answer(0)
    expect(desk.service.bodies).toEqual(['a', 'b\nc'])
    desk.socket.send('d')
    await desk.answer(1)
    expect(desk.service.bodies).toEqual(['a', 'b\nc', 'd'])
  })

  it('SSE-13 sends no more at once than the server takes', async () => {
    const desk = await Desk.opened()
    const large = 'x'.repeat(MAX_FRAME_BYTES / 2)
    for (const frame of ['a', large, large, large, 'b']) desk.socket.send(frame)
    for (let i = 0; i < desk.service.requests.length; i++) await desk.answer(i)
    expect(desk.service.bodies.map((body) => body.length)).toEqual([
      1,
      large.length,
      large.length,
      large.length + 2,
    ])
  })

  it.each([
    ['fails', (desk: Desk) => desk.service.requests[0]?.fail()],
    ['is refused for now', (desk: Desk) => desk.service.requests[0]?.answer(500)],
    ['is never answered', (desk: Desk) => desk.environment.pass(11_000)],
  ])(
    'SSE-14 a request with frames that %s ends the connection, once, and nothing more goes up',
    async (_, happen) => {
      const desk = await Desk.opened()
      desk.socket.send('a')
      desk.socket.send('b')
      void happen(desk)
      await settle()
      desk.socket.send('c')
      await desk.say('data: ["late"]\n\n')
      expect(desk.heard).toEqual(['opened', 'closed 1006'])
      expect(desk.service.requests.map(({ method }) => method)).toEqual(['POST', 'DELETE'])
      expect(desk.environment.timers).toBe(0)
    },
  )

  it('SSE-15 is told by the stream why a session has ended, also when frames meet with it first', async () => {
    const desk = await Desk.opened()
    desk.socket.send('a')
    await desk.answer(0, 409)
    desk.socket.send('b')
    await desk.say('data: ["error"]\n\nevent: close\ndata: {"code":4409,"reason":"replaced"}\n\n')
    expect(desk.heard).toEqual(['opened', '["error"]', 'closed 4409'])
    expect([desk.service.bodies, desk.environment.timers]).toEqual([['a'], 0])
  })

  it('SSE-15 does not wait for ever for a reason', async () => {
    const desk = await Desk.opened()
    desk.socket.send('a')
    await desk.answer(0, 409)
    await desk.environment.pass(2_000)
    expect(desk.heard).toEqual(['opened', 'closed 1006'])
  })

  it.each([
    [401, 4401],
    [403, 4403],
    [426, 4426],
    [503, 1006],
  ])('SSE-15 a stream that is refused with %i is told as %i', async (status, code) => {
    const desk = new Desk(status)
    await settle()
    expect(desk.heard).toEqual([`closed ${code}`])
  })

  it('PRO-23 asks for the newest version first, and for an earlier one where that is not spoken', async () => {
    for (const [unsupported, spoken, asked] of [
      [[], 'tidemark.v8', [8]],
      [['8', '7'], 'tidemark.v6', [8, 7, 6]],
    ] as const) {
      const desk = new Desk(200, unsupported)
      await desk.say('event: session\ndata: s1\n\n')
      expect(desk.heard).toEqual(['opened'])
      expect(desk.subprotocol).toBe(spoken)
      expect(desk.service.streamPaths).toEqual(asked.map((version) => `/sync/events?protocol=${version}`))
      desk.socket.close()
    }
  })

  it('PRO-23 is told that no version it offers is spoken', async () => {
    const desk = new Desk(200, ['8', '7', '6'])
    await settle()
    expect(desk.heard).toEqual(['closed 4426'])
    expect(desk.service.streamPaths).toHaveLength(3)
  })

  it('SSE-16 takes each comment of the stream for the answer to a heartbeat', async () => {
    const desk = await Desk.opened()
    await desk.say(':\n\n')
    expect(desk.heard).toEqual(['opened', 'pong'])
    expect(desk.service.requests).toEqual([])
  })

  it('SSE-16 asks the service when it is asked, which counts while the stream is not silent', async () => {
    const desk = await Desk.opened()
    desk.socket.send('ping')
    expect([desk.service.requests.map(({ method }) => method), desk.heard]).toEqual([['GET'], ['opened']])
    await desk.answer(0)
    expect(desk.heard).toEqual(['opened', 'pong'])
    desk.socket.send('ping')
    await desk.answer(1, 500)
    desk.socket.send('ping')
    desk.service.requests[2]?.fail()
    await settle()
    await desk.environment.pass(4_000)
    desk.socket.send('ping')
    await desk.answer(3)
    expect(desk.heard).toEqual(['opened', 'pong'])
  })

  it('SSE-17 says goodbye when it is closed here, lets go of the stream, and says nothing more', async () => {
    const desk = await Desk.opened()
    desk.socket.close()
    await desk.say('data: ["late"]\n\n')
    const [request] = desk.service.requests
    expect([request?.method, request?.headers.get('Tidemark-Session')]).toEqual(['DELETE', 's1'])
    expect([desk.heard, desk.service.left, desk.environment.timers]).toEqual([['opened'], true, 0])
  })

  it('SSE-17 keeps nothing for later: what is sent before the stream is open is not sent', async () => {
    const desk = new Desk()
    desk.socket.send('early')
    await desk.say('event: session\ndata: s1\n\n')
    desk.socket.send('now')
    expect(desk.service.bodies).toEqual(['now'])
  })
})
