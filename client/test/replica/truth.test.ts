import { afterEach, expect, it, vi } from 'vitest'
import { SignedOut, TOKEN_DEADLINE_MS } from '../../src/connection/token.ts'
import { hostEnvironment } from '../../src/environment/host-environment.ts'
import { DeskClient, note } from '../support/desk.ts'
import { FakeEnvironment, settle } from '../support/fake-environment.ts'

const shown = (desk: DeskClient) => desk.db.connection.getSnapshot()

afterEach(() => vi.unstubAllGlobals())

it('CON-20 no network is shown at once, and until something is heard after it is back', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const states: string[] = []
  desk.db.connection.subscribe(({ state }) => states.push(state))
  desk.environment.online = false
  desk.environment.wake()
  expect(shown(desk)).toMatchObject({ state: 'offline', cause: { code: 'no-network' } })
  // A link that answers all the same is kept, and what is said of the network stays.
  expect(desk.socket.beats).toEqual(['ping'])
  desk.socket.sayText('pong')
  expect(shown(desk).state).toBe('offline')
  desk.environment.online = true
  desk.environment.wake()
  expect(shown(desk).state).toBe('offline')
  desk.socket.sayText('pong')
  expect(shown(desk)).toEqual(expect.not.objectContaining({ cause: expect.anything() }))
  expect([shown(desk).state, new Set(states)]).toEqual(['live', new Set(['offline', 'live'])])
  expect(desk.environment.sockets).toHaveLength(1)
})

it('CON-20 without a network attempts go on, and offline is shown meanwhile', async () => {
  const environment = new FakeEnvironment()
  environment.online = false
  const desk = new DeskClient({}, environment)
  await settle()
  expect(shown(desk)).toMatchObject({ state: 'offline', cause: { code: 'no-network' } })
  desk.socket.cut()
  environment.wake()
  expect(environment.sockets).toHaveLength(1)
  environment.online = true
  environment.wake()
  await settle()
  expect([shown(desk).state, environment.sockets.length]).toEqual(['connecting', 2])
})

it('CON-20 a socket that closes is shown at once, with why, and the reason stays until it is live', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.socket.cut()
  expect(shown(desk)).toMatchObject({ state: 'offline', cause: { code: 'connection-lost' } })
  await desk.untilOpening()
  expect(shown(desk)).toMatchObject({ state: 'connecting', cause: { code: 'connection-lost' } })
})

it('CON-21 a link that falls silent while somebody looks is found within ten seconds, with nothing pending', async () => {
  const desk = await DeskClient.live(10, note('a'))
  for (let second = 0; second < 60; second++) {
    await desk.environment.pass(1_000)
    if (desk.socket.beats.splice(0).length > 0) desk.socket.sayText('pong')
    expect(shown(desk).state).toBe('live')
  }
  // From the last word on.
  await desk.environment.pass(9_000)
  expect(shown(desk)).toMatchObject({
    state: expect.not.stringMatching('live'),
    cause: { code: 'no-answer' },
  })
})

it('CON-21 a link that is never quiet is asked once a minute, so that the server knows of its client', async () => {
  const desk = await DeskClient.live(10, note('a'))
  for (let second = 0; second < 125; second++) {
    await desk.environment.pass(1_000)
    desk.socket.say(['rows', 10, 10, []])
  }
  expect(desk.socket.beats).toEqual(['ping', 'ping'])
})

it('CON-22 a woken page has its answer within two seconds, and is told once; a deadline that sleep held up is asked again', async () => {
  const desk = await DeskClient.live(10, note('a'))
  for (let i = 0; i < 3; i++) desk.environment.wake()
  expect(desk.socket.beats).toEqual(['ping'])
  desk.environment.oversleep(60_000)
  await settle()
  expect([shown(desk).state, desk.socket.beats]).toEqual(['live', ['ping', 'ping']])
  await desk.environment.pass(1_999)
  expect(shown(desk).state).toBe('live')
  await desk.environment.pass(1)
  expect(shown(desk)).toMatchObject({ state: 'connecting', cause: { code: 'no-answer' } })
})

it('CON-23 a link that is too slow for one frame is given longer each time, until it has caught up', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const survived: number[] = []
  for (let round = 0; round < 3; round++) {
    desk.environment.wake()
    const from = desk.environment.now()
    const { socket } = desk
    while (!socket.closedByClient) await desk.environment.pass(100)
    survived.push(desk.environment.now() - from)
    while (desk.socket === socket) await desk.environment.pass(1_000)
    await desk.connect({ seq: 10 })
  }
  expect(survived).toEqual([2_000, 4_000, 8_000])
})

it('CON-24 every event that may have changed the link makes the page look: shown, resumed, visible, the network gone or back', () => {
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  const frame = new EventTarget()
  vi.stubGlobal('document', page)
  vi.stubGlobal('window', frame)
  vi.stubGlobal('navigator', { onLine: false })
  const environment = hostEnvironment(() => () => ({ send: () => {}, close: () => {} }))
  let looks = 0
  const stop = environment.onWake(() => looks++)
  for (const name of ['pageshow', 'online', 'offline']) frame.dispatchEvent(new Event(name))
  for (const name of ['resume', 'visibilitychange']) page.dispatchEvent(new Event(name))
  expect([looks, environment.isOnline(), environment.isVisible()]).toEqual([5, false, true])
  page.visibilityState = 'hidden'
  page.dispatchEvent(new Event('visibilitychange'))
  stop()
  frame.dispatchEvent(new Event('online'))
  expect([looks, environment.isVisible()]).toEqual([5, false])
})

const failing = (fault: object) => () => Promise.reject(Object.assign(new Error('no'), fault))

const signedOut: readonly (readonly [string, () => unknown, string])[] = [
  ['gives null', () => null, 'signed-out'],
  ['gives nothing', () => '', 'signed-out'],
  [
    'throws SignedOut',
    () => {
      throw new SignedOut()
    },
    'signed-out',
  ],
  ['fails with status 401', failing({ status: 401 }), 'signed-out'],
  ['fails with a response of 401', failing({ response: { status: 401 } }), 'signed-out'],
  [
    'throws the response',
    () => {
      throw new Response('', { status: 401 })
    },
    'signed-out',
  ],
]

it.each(signedOut)(
  'CON-25 a provider that %s means that a person has to sign in',
  async (_, getToken, code) => {
    let answer: () => unknown = getToken
    const desk = new DeskClient({ getToken: () => answer() as string })
    await settle()
    expect(shown(desk)).toMatchObject({ state: 'needs-auth', cause: { code } })
    expect(desk.environment.timers).toBe(0)
    answer = () => 'token'
    desk.db.connection.retry()
    await settle()
    expect(desk.environment.sockets).toHaveLength(1)
  },
)

const unsayable = Object.create(null)

const unsound: readonly (readonly [string, () => unknown])[] = [
  ['gives undefined', () => undefined],
  ['gives a promise of undefined', () => Promise.resolve()],
  ['gives a number', () => 7],
  ['gives a response', () => new Response('token')],
  ['gives a page', () => '<!doctype html>'],
  ['gives a line break', () => 'token\n'],
  ['gives a token without an end', () => 'x'.repeat(10_000)],
  [
    'throws',
    () => {
      throw new Error('at once')
    },
  ],
  [
    'throws what cannot be told',
    () => {
      throw unsayable
    },
  ],
  ['rejects with nothing', () => Promise.reject()],
  ['fails with status 403', failing({ status: 403 })],
  ['fails with status 500', failing({ status: 500 })],
  ['fails with a response of 503', failing({ response: { status: 503 } })],
  ['hangs', () => new Promise(() => {})],
]

it.each(unsound)(
  'CON-25 a provider that %s wedges nothing: why is shown, and it is asked again, ever less often',
  async (_, getToken) => {
    let answer: () => unknown = getToken
    let asked = 0
    const desk = new DeskClient({
      getToken: () => {
        asked++
        return answer() as string
      },
    })
    await settle()
    await desk.environment.pass(TOKEN_DEADLINE_MS)
    expect(shown(desk).cause?.code).toBe('token-failed')
    expect(shown(desk).cause?.message.length).toBeGreaterThan(20)
    await desk.environment.pass(10 * 60_000)
    expect(asked).toBeGreaterThan(10)
    expect(asked).toBeLessThan(80)
    answer = () => 'token'
    await desk.environment.pass(60_000)
    expect(desk.environment.sockets.length).toBeGreaterThan(0)
  },
)

it('CON-26 a token that ends soon is asked for until there is one, and why there is none is shown meanwhile', async () => {
  const answers: (() => string)[] = [() => 'one', failing500, failing500, () => 'two']
  const desk = new DeskClient({ getToken: () => (answers.shift() ?? (() => 'more'))() })
  desk.watch()
  await desk.connect({ seq: 10 })
  await desk.snapshot(10)
  desk.take()
  desk.socket.say(['expiring', { expiresAt: 1 }])
  await settle()
  expect(shown(desk)).toMatchObject({ state: 'live', cause: { code: 'token-failed' } })
  for (let i = 0; i < 8; i++) {
    await desk.environment.pass(500)
    desk.socket.sayText('pong')
  }
  expect(desk.take()).toEqual([['auth', 'two']])
  expect([shown(desk).cause, answers, desk.environment.sockets.length]).toEqual([undefined, [], 1])
})

function failing500(): never {
  throw Object.assign(new Error('no'), { status: 500 })
}

it('CON-26 the same token again is no renewal: it is not sent, and not asked for in a loop', async () => {
  let asked = 0
  const desk = new DeskClient({ getToken: () => `token${0 * ++asked}` })
  desk.watch()
  await desk.connect({ seq: 10 })
  await desk.snapshot(10)
  desk.take()
  desk.socket.say(['expiring', { expiresAt: 1 }])
  for (let i = 0; i < 30; i++) {
    await desk.environment.pass(1_000)
    desk.socket.sayText('pong')
  }
  expect([asked, desk.take()]).toEqual([2, []])
})
