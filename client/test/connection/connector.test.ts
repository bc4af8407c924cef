import { expect, it } from 'vitest'
import { CLOSE, wireError } from '../../../src/protocol/errors.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import type { TokenRequest } from '../../src/api/types.ts'
import { OPENING_DEADLINE_MS } from '../../src/connection/connector.ts'
import { WAKE_ANSWER_MS } from '../../src/connection/heartbeat.ts'
import { TOKEN_DEADLINE_MS } from '../../src/connection/token.ts'
import { DeskClient, note, RESUME_TOKEN, view, welcome } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

const stateOf = (desk: DeskClient) => desk.db.connection.getSnapshot().state

it('CON-5 the token goes with the handshake, at the path of the service', async () => {
  const desk = new DeskClient({ url: 'https://edge.example/base/' })
  await settle()
  expect(desk.socket.url).toBe('wss://edge.example/base/sync/connect')
  expect(desk.socket.protocols).toEqual(['tidemark.v8', 'tidemark.v7', 'tidemark.v6', 'bearer.token'])
  const relative = new DeskClient()
  await settle()
  expect(relative.socket.url).toBe('wss://app.example/sync/connect')
})

it('CON-6 a token provider that never answers is given up after its deadline, and asked again', async () => {
  const asked: TokenRequest[] = []
  const desk = new DeskClient({
    getToken: (request) => {
      asked.push(request)
      return new Promise(() => {})
    },
  })
  await settle()
  await desk.environment.pass(TOKEN_DEADLINE_MS)
  expect(stateOf(desk)).toBe('offline')
  expect(asked[0]?.signal.aborted).toBe(true)
  await desk.environment.pass(1_000)
  expect(asked).toHaveLength(2)
})

it('CON-6 a token provider that fails is asked again, and the reason is told', async () => {
  let calls = 0
  const desk = new DeskClient({
    getToken: () => {
      if (++calls === 1) throw new Error('no network')
      return 'token'
    },
  })
  await settle()
  expect(desk.db.connection.getSnapshot().cause?.message).toContain('no network')
  await desk.environment.pass(1_000)
  expect(desk.environment.sockets).toHaveLength(1)
})

it('CON-7 with nobody signed in the client waits for a person, and retries when told', async () => {
  let token: string | null = null
  const desk = new DeskClient({ getToken: () => token })
  await settle()
  expect(stateOf(desk)).toBe('needs-auth')
  expect(desk.environment.timers).toBe(0)
  token = 'token'
  desk.db.connection.retry()
  await settle()
  expect(stateOf(desk)).toBe('connecting')
})

it('CON-8 a refused token is renewed once, then a person is asked', async () => {
  const reasons: string[] = []
  const desk = new DeskClient({
    getToken: ({ reason }) => {
      reasons.push(reason)
      return reason
    },
  })
  for (let i = 0; i < 2; i++) {
    await settle()
    desk.socket.open()
    desk.socket.say(['error', wireError('unauthenticated', 'not you')])
    desk.socket.cut(CLOSE.auth)
  }
  await settle()
  expect(reasons).toEqual(['connect', 'refused'])
  expect(desk.db.connection.getSnapshot()).toMatchObject({
    state: 'needs-auth',
    cause: { code: 'unauthenticated', message: 'not you' },
  })
})

it('CON-9 a token that ends soon is renewed without a new connection', async () => {
  let asked = 0
  const desk = new DeskClient({ getToken: () => `token-${++asked}` })
  desk.watch()
  await desk.connect({ seq: 10 })
  await desk.snapshot(10, note('a'))
  desk.socket.say(['expiring', { expiresAt: 1 }])
  await settle()
  expect(desk.take()).toEqual([['auth', 'token-2']])
  expect(desk.environment.sockets).toHaveLength(1)
})

it('CON-10 a late end or message of an old socket does not touch the current one', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const old = desk.socket
  await desk.cut()
  await desk.connect({ seq: 10 })
  desk.name()
  desk.socket.say(['rows', 10, 10, []])
  old.cut(CLOSE.forbidden)
  old.say(['rows', 10, 11, [[0, [note('ghost')], [], []]]])
  old.open()
  expect(stateOf(desk)).toBe('live')
  expect(desk.titles).toEqual(['a'])
})

it('CON-11 a half-open link is found by a ping without an answer, at once when the page wakes', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.environment.wake()
  expect(desk.socket.beats).toEqual(['ping'])
  await desk.environment.pass(WAKE_ANSWER_MS - 1)
  expect(stateOf(desk)).toBe('live')
  await desk.environment.pass(1)
  expect(stateOf(desk)).toBe('connecting')
  expect(desk.environment.sockets[0]?.closedByClient).toBe(true)
})

it('CON-48 a link that is known to be slow has as long again to answer a page that wakes', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.environment.wake()
  await desk.environment.pass(1_500)
  desk.socket.sayText('pong')
  desk.environment.wake()
  await desk.environment.pass(2_999)
  expect(stateOf(desk)).toBe('live')
  await desk.environment.pass(1)
  expect(stateOf(desk)).toBe('connecting')
})

it('CON-11 a quiet link that nobody looks at is asked every 20 to 25 s, and the answer is measured', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.environment.visible = false
  desk.socket.sayText('pong')
  await desk.environment.pass(19_999)
  expect(desk.socket.beats).toEqual([])
  await desk.environment.pass(5_001)
  expect(desk.socket.beats).toEqual(['ping'])
  desk.socket.sayText('pong')
  expect(desk.db.connection.getSnapshot().rttMs).toBeLessThanOrEqual(5_001)
  await desk.environment.pass(8_001)
  expect(stateOf(desk)).toBe('live')
  expect(desk.environment.timers).toBe(1)
})

it('CON-12 a server that does not welcome in time is left', async () => {
  const desk = new DeskClient()
  await settle()
  desk.socket.open()
  await desk.environment.pass(OPENING_DEADLINE_MS)
  expect(stateOf(desk)).toBe('offline')
  expect(desk.socket.closedByClient).toBe(true)
})

it('CON-13 while waiting, the network coming back ends the wait', async () => {
  const desk = await DeskClient.live(10, note('a'))
  desk.socket.cut()
  const { state, retryAt } = desk.db.connection.getSnapshot()
  expect(state).toBe('offline')
  expect(retryAt).toBeGreaterThanOrEqual(desk.environment.now())
  desk.environment.wake()
  await settle()
  expect(stateOf(desk)).toBe('connecting')
})

const finals = [
  [CLOSE.forbidden, 'closed'],
  [CLOSE.replaced, 'closed'],
  [CLOSE.tooOld, 'update-required'],
] as const

it.each(finals)('CON-14 after close code %i the client does not come back: %s', async (code, state) => {
  const desk = await DeskClient.live(10, note('a'))
  desk.socket.cut(code)
  await desk.environment.pass(60_000)
  expect(stateOf(desk)).toBe(state)
  expect(desk.environment.sockets).toHaveLength(1)
})

it('CON-15 what is no frame ends the connection and is told', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const errors: string[] = []
  desk.db.onError((error) => errors.push(error.code))
  desk.socket.sayText('{"half":')
  expect(errors).toEqual(['bad-json'])
  expect(desk.db.connection.getSnapshot()).toMatchObject({ state: 'offline', cause: { code: 'bad-json' } })
})

it('PRO-23 a client speaks the version that its server chooses, and goes on in another with what it holds', async () => {
  const desk = new DeskClient()
  const stop = desk.db.notes.all().subscribe(() => undefined)
  await settle()
  desk.socket.open(6)
  desk.socket.say(welcome({ protocol: 6 }))
  await settle()
  desk.socket.say(view(1, 0), ['page', { view: 0, seq: 10, rows: [], last: true, total: 0 }])
  await settle()
  expect(desk.db.connection.getSnapshot().state).toBe('live')
  expect(JSON.parse(desk.socket.texts[0] ?? '')).toEqual(['hello', expect.objectContaining({ protocol: 6 })])

  // The deploy arrives while it is away, and is rolled back the next time.
  for (const [version, word] of [
    [7, 'resumeToken'],
    [6, 'seal'],
  ] as const) {
    desk.socket.cut()
    await desk.environment.pass(2_000)
    desk.socket.open(version)
    desk.socket.say(welcome({ protocol: version }))
    await settle()
    const [hello, subscribe] = desk.socket.texts.map((text): unknown => JSON.parse(text))
    expect(hello).toEqual(['hello', expect.objectContaining({ protocol: version })])
    const resume = { epoch: 'e1', seq: 10, [word]: RESUME_TOKEN }
    expect(subscribe).toEqual(['subscribe', expect.objectContaining({ resume })])
    const [, asked] = desk.socket.take()
    if (asked?.[0] !== 'subscribe') throw new Error('a client that holds a view resumes it')
    desk.socket.say(view(asked[1].id, 0, undefined, true), ['rows', 10, 10, []])
    await settle()
    expect(desk.db.connection.getSnapshot().state).toBe('live')
  }
  stop()
})

it('PRO-23 a choice that was lost on the way is that of the newest version', async () => {
  const desk = new DeskClient()
  await settle()
  desk.socket.open(Number.NaN)
  expect(JSON.parse(desk.socket.texts[0] ?? '')).toEqual([
    'hello',
    expect.objectContaining({ protocol: PROTOCOL_VERSION }),
  ])
})
