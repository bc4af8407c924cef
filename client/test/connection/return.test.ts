import { expect, it } from 'vitest'
import { CLOSE } from '../../../src/protocol/errors.ts'
import { backoffMs } from '../../src/connection/backoff.ts'
import { BACK_ANSWER_MS, WAKE_ANSWER_MS } from '../../src/connection/heartbeat.ts'
import { DeskClient, note } from '../support/desk.ts'
import { FakeEnvironment, settle } from '../support/fake-environment.ts'

const stateOf = (desk: DeskClient) => desk.db.connection.getSnapshot().state

/** The network goes, and the page hears of it; then it is back. */
async function loseNetwork(desk: DeskClient): Promise<void> {
  desk.environment.online = false
  desk.environment.wake()
  await settle()
  expect(desk.db.connection.getSnapshot()).toMatchObject({ state: 'offline', cause: { code: 'no-network' } })
  desk.environment.online = true
}

it('CON-40 a link that did not outlive the loss of the network is replaced at once, a second after its return', async () => {
  const desk = await DeskClient.live(10, note('a'))
  await loseNetwork(desk)
  desk.environment.wake()
  const back = desk.environment.now()
  await desk.environment.pass(WAKE_ANSWER_MS - 1)
  expect(desk.environment.sockets).toHaveLength(2)
  expect(desk.environment.now() - back).toBeGreaterThanOrEqual(BACK_ANSWER_MS)
  await desk.connect({ seq: 10 })
  desk.name()
  desk.socket.say(['rows', 10, 10, []])
  expect(stateOf(desk)).toBe('live')
  expect(desk.environment.now() - back).toBeLessThan(2_000)
})

it('CON-40 a link that outlived it is kept, and live again with its first word', async () => {
  const desk = await DeskClient.live(10, note('a'))
  await loseNetwork(desk)
  desk.environment.wake()
  expect(stateOf(desk)).toBe('offline')
  desk.socket.sayText('pong')
  expect(stateOf(desk)).toBe('live')
  await desk.environment.pass(WAKE_ANSWER_MS)
  expect(desk.environment.sockets).toHaveLength(1)
})

it('CON-40 a link that falls silent by itself is replaced after a drawn delay, and not by all at once', async () => {
  const desk = await DeskClient.live(10, note('a'))
  while (!desk.socket.closedByClient) await desk.environment.pass(100)
  expect(stateOf(desk)).toBe('offline')
  expect(desk.environment.sockets).toHaveLength(1)
})

it('CON-41 a socket that was opening when the page woke is left two seconds later', async () => {
  const desk = new DeskClient()
  await settle()
  await desk.environment.pass(3_000)
  for (let i = 0; i < 3; i++) desk.environment.wake()
  await desk.environment.pass(WAKE_ANSWER_MS - 1)
  expect(desk.environment.sockets).toHaveLength(1)
  const [first] = desk.environment.sockets
  await desk.environment.pass(1)
  expect([first?.closedByClient, desk.environment.sockets.length]).toEqual([true, 2])
  // Its successor has all its time.
  await desk.environment.pass(WAKE_ANSWER_MS + 1_000)
  expect(desk.environment.sockets).toHaveLength(2)
  expect(desk.socket.closedByClient).toBe(false)
})

it('CON-41 a page that is woken again and again still gives an attempt up in time', async () => {
  const desk = new DeskClient()
  await settle()
  for (let i = 0; i < 4; i++) {
    desk.environment.wake()
    await desk.environment.pass(600)
  }
  expect(desk.environment.sockets).toHaveLength(2)
})

it('CON-41 a provider that hung when the page woke is asked anew, for the same reason', async () => {
  const reasons: string[] = []
  const desk = new DeskClient({
    getToken: ({ reason }) => {
      reasons.push(reason)
      return reasons.length === 1 || reasons.length > 2 ? `token-${reasons.length}` : new Promise(() => {})
    },
  })
  await settle()
  desk.socket.open()
  desk.socket.cut(CLOSE.auth)
  await settle()
  desk.environment.wake()
  await desk.environment.pass(WAKE_ANSWER_MS)
  expect(reasons).toEqual(['connect', 'refused', 'refused'])
  expect(desk.environment.sockets).toHaveLength(2)
  desk.environment.wake()
  await desk.environment.pass(WAKE_ANSWER_MS)
  expect(reasons.at(-1)).toBe('refused')
})

it('CON-41 an attempt that gets on is not disturbed by having been looked at', async () => {
  const desk = new DeskClient()
  desk.watch()
  await settle()
  desk.environment.wake()
  await desk.connect({ seq: 0 })
  await desk.environment.pass(WAKE_ANSWER_MS)
  expect(desk.environment.sockets).toHaveLength(1)
  expect(desk.socket.closedByClient).toBe(false)
})

it('CON-44 a socket that was opening without a network is left a second after its return', async () => {
  const desk = new DeskClient()
  await settle()
  await loseNetwork(desk)
  desk.environment.wake()
  await desk.environment.pass(BACK_ANSWER_MS - 1)
  expect(desk.environment.sockets).toHaveLength(1)
  await desk.environment.pass(1)
  expect([desk.environment.sockets[0]?.closedByClient, desk.environment.sockets.length]).toEqual([true, 2])
  await desk.connect()
  desk.watch()
  await settle()
  desk.take()
  await desk.snapshot(10, note('a'))
  expect(stateOf(desk)).toBe('live')
})

it('CON-42 a thousand clients that are cut at once are spread over a second, the first in its first tenth; four failures keep nobody longer than seven seconds', () => {
  const { random } = new FakeEnvironment(7)
  const first = Array.from({ length: 1_000 }, () => backoffMs(1, random()))
  for (let tenth = 0; tenth < 10; tenth++) {
    const inIt = first.filter((ms) => Math.floor(ms / 100) === tenth).length
    expect(inIt).toBeGreaterThan(60)
    expect(inIt).toBeLessThan(140)
  }
  const most = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((failures) => Math.ceil(backoffMs(failures, 1)))
  expect(most).toEqual([1_000, 2_000, 2_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
})

const LIFETIMES = [60, 24 * 3_600]
const CLOCKS = [0, -400 * 24 * 3_600_000, 400 * 24 * 3_600_000]

it.each(LIFETIMES.flatMap((lifetime) => CLOCKS.map((skew) => [lifetime, skew] as const)))(
  'CON-43 a token of %i s is asked for once for each warning, with a clock that is off by %i ms',
  async (lifetime, skew) => {
    let asked = 0
    const desk = new DeskClient({ getToken: () => `token-${++asked}` })
    desk.watch()
    await desk.connect({ seq: 0 })
    desk.say(['rows', 0, 0, []])
    const expiresAt = (desk.environment.now() + skew) / 1_000 + lifetime
    for (let warning = 1; warning <= 5; warning++) {
      desk.say(['expiring', { expiresAt }])
      await settle()
      expect(asked).toBe(1 + warning)
      await desk.environment.pass(1_000)
      desk.socket.sayText('pong')
      expect(asked).toBe(1 + warning)
    }
    expect(desk.environment.sockets).toHaveLength(1)
  },
)

it('CON-43 a provider that gives an ended token again and again is asked twice, then a person is', async () => {
  let asked = 0
  const desk = new DeskClient({
    getToken: () => {
      asked++
      return 'old'
    },
  })
  for (let i = 0; i < 2; i++) {
    await settle()
    desk.socket.open()
    desk.socket.cut(CLOSE.auth)
  }
  await desk.environment.pass(10 * 60_000)
  expect([stateOf(desk), asked, desk.environment.timers]).toEqual(['needs-auth', 2, 0])
})
