import { expect, it } from 'vitest'
import type { ConnectionSnapshot } from '../../src/api/types.ts'
import { DeskClient, welcome } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

const away = (waiting: number) => ({ cause: 'postgres-away', since: 1_000, waiting }) as const

async function joined(more: Parameters<typeof welcome>[0] = {}) {
  const desk = new DeskClient()
  const told: ConnectionSnapshot['delayed'][] = []
  desk.db.connection.subscribe(({ delayed }) => told.push(delayed))
  await settle()
  desk.socket.open()
  await desk.say(welcome(more))
  return { desk, told, connection: () => desk.db.connection.getSnapshot() }
}

it('DEL-7 the connection says that edits are delayed, how many wait, and when that is over', async () => {
  const { desk, told, connection } = await joined()
  expect(connection()).toMatchObject({ state: 'live' })
  expect(connection()).not.toHaveProperty('delayed')
  const before = told.length
  await desk.say(['health', away(1)], ['health', away(3)])
  expect(connection()).toMatchObject({ state: 'live', delayed: away(3) })
  await desk.say(['health', null])
  expect(connection()).not.toHaveProperty('delayed')
  expect(told.slice(before)).toEqual([away(1), away(3), undefined])
})

it('DEL-7 it says so from the welcome on, and nothing without a connection', async () => {
  const { desk, connection } = await joined({ delayed: away(2) })
  expect(connection()).toMatchObject({ delayed: away(2) })
  desk.socket.cut()
  await settle()
  expect(connection()).not.toHaveProperty('delayed')
})
