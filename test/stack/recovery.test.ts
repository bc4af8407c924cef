import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Device, startDevice } from '../../dev/harness/device.ts'
import { NETWORK_FAULTS } from '../../dev/harness/network-faults.ts'
import { until } from '../../dev/harness/until.ts'
import type { App } from '../fixtures/board/sync.ts'
import { type Stack, startStack } from '../support/stack.ts'

/** Milliseconds that faults last here: longer than an attempt that is refused at once. */
const LASTS_MS = 700

let stack: Stack
let device: Device<App>
let witness: ReturnType<Stack['client']>
let made = 0

beforeAll(async () => {
  stack = await startStack()
  device = await startDevice<App>(stack.url, 'acme', () => stack.token('ada'))
  witness = stack.client('ben')
  for (const db of [device.db, witness]) db.cards.all().subscribe(() => undefined)
  await until('both are live', () => [device.db, witness].every(isLive))
  await witness.assignees.insert({ id: 'a', name: 'Anna' }).accepted
  await witness.cards.insert({ id: 'c', number: '1', assigneeId: 'a', targetPoints: 1 }).accepted
  await until('the device has it', () => device.db.cards.get('c'))
})

afterAll(async () => {
  witness.close()
  await device[Symbol.asyncDispose]()
  await stack.stop()
})

const isLive = (db: { readonly connection: { getSnapshot(): { readonly state: string } } }) =>
  db.connection.getSnapshot().state === 'live'

/** Edits on the device, and by somebody else, and waits until both have both. */
async function editOnBothSides(befall: () => Promise<void>): Promise<string[]> {
  const states: string[] = []
  const stop = device.db.connection.subscribe(({ state }) => states.push(state))
  const over = befall()
  made += 1
  device.db.cards.update('c', (card) => {
    card.reactions += 1
  })
  witness.cards.update('c', (card) => {
    card.notes = `after ${made}`
  })
  await over
  await until('the device was cut off and is live again', () => isLive(device.db) && states.length > 1)
  await until(
    'both have both',
    () =>
      witness.cards.get('c')?.reactions === made &&
      device.db.cards.get('c')?.notes === `after ${made}` &&
      device.db.connection.getSnapshot().pending === 0,
  )
  stop()
  return states
}

it.each(Object.entries(NETWORK_FAULTS))(
  'CON-45 after a network that is or has %s the client is live again by itself, and what was edited counts once',
  async (name, fault) => {
    const states = await editOnBothSides(() => fault(device, LASTS_MS))
    device.proxy.delayMs = 0
    expect(states).toContain('offline')
    expect(states.at(-1)).toBe('live')
    // Whom the page is told of the network has no other cause.
    const { cause } = device.db.connection.getSnapshot()
    expect([name, cause]).toEqual([name, undefined])
    expect(device.db.cards.get('c')?.reactions).toBe(made)
  },
)

it('CON-45 so it is when the Worker is killed', async () => {
  const states = await editOnBothSides(() => stack.killWorker())
  expect([states.includes('offline'), states.at(-1)]).toEqual([true, 'live'])
})

it('CON-45 so it is with a link that falls silent and of which nobody tells', async () => {
  const states = await editOnBothSides(async () => {
    device.proxy.fallSilent()
    await device.proxy.restore()
    await pause(LASTS_MS)
  })
  expect(states).toContain('offline')
})
