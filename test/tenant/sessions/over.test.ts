import { afterEach, expect, it, vi } from 'vitest'
import { CLOSE } from '../../../src/protocol/errors.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee } from '../support/samples.ts'
import { wayToPostgres } from '../support/way-to-postgres.ts'

/** Ahead of the real clock, so that no alarm goes off by itself. */
const AHEAD_MS = 3 * 24 * 3_600_000

afterEach(() => {
  vi.useRealTimers()
})

it('CRD-8 no commit is told to a session whose token has ended, before any alarm has noticed it', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + AHEAD_MS })
  const tenant = newTenant('over')
  const ada = await Peer.join({ sub: 'ada', tenant, ttlSeconds: 10_000 })
  await ada.push(ada.edit(assignee()))
  await ada.committed(1)
  const ben = await Peer.join({ sub: 'ben', tenant, ttlSeconds: 600 })
  const way = wayToPostgres()
  way.turn('held')
  const name = (said: string) =>
    ({ op: 'update', collection: 'assignees', id: 'a1', fields: { name: { set: said } } }) as const
  expect(await ben.push(ben.edit(name('Dora')))).toMatchObject([{ is: 'accepted' }])
  const { length } = ben.frames
  vi.setSystemTime(Date.now() + 700_000)
  expect(await ada.push(ada.edit(name('Edda')))).toMatchObject([{ is: 'accepted' }])
  way.turn('open')
  await ada.committed(3)
  expect(await ben.untilClosed()).toEqual({ code: CLOSE.auth, reason: 'token-expired' })
  expect(
    ben.frames
      .slice(length)
      .filter(([kind]) => kind !== 'rows')
      .map(([kind]) => kind),
  ).toEqual(['error'])
  expect(JSON.stringify(ben.frames)).not.toContain('Edda')
})
