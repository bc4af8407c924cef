import { expect, it } from 'vitest'
import type { ErrorCode } from '../../../src/protocol/errors.ts'
import { wireError } from '../../../src/protocol/errors.ts'
import { accepted, DeskClient, note } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

it('OFF-13 a server that takes no edits is told of, with why, and it heals when it does', async () => {
  const desk = await DeskClient.live(10, note('a'))
  const stalled = () => desk.db.connection.getSnapshot().stalled
  const told: unknown[] = []
  desk.db.connection.subscribe((snapshot) => told.push(snapshot.stalled?.cause.code))
  const refuse = async (code: ErrorCode) => {
    await desk.say([
      'receipt',
      [{ is: 'rejected', n: 1, error: wireError(code, 'Later.', { retryAfterMs: 1_000 }) }],
    ])
  }
  for (const title of ['one', 'two']) {
    desk.db.notes.update('a', (draft) => {
      draft.title = title
    })
  }
  await settle()
  await refuse('outbox-full')
  expect(stalled()).toBeUndefined()
  await desk.environment.pass(1_000)
  await refuse('outbox-full')
  const since = desk.environment.now()
  expect(stalled()).toMatchObject({ since, cause: { code: 'outbox-full', message: 'Later.' } })
  await desk.environment.pass(1_000)
  await refuse('outbox-full')
  await desk.environment.pass(1_000)
  await refuse('busy')
  expect(stalled()).toMatchObject({ since, cause: { code: 'busy' } })
  await desk.environment.pass(1_000)
  expect(
    desk.socket
      .takeEdits()
      .slice(-2)
      .map(({ n }) => n),
  ).toEqual([1, 2])
  await desk.say(accepted(1, 11), accepted(2, 12))
  expect(stalled()).toBeUndefined()
  expect(told.filter((code, i) => code !== told[i - 1])).toEqual(['outbox-full', 'busy', undefined])
})
