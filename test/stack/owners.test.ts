import { afterAll, beforeAll, expect, it } from 'vitest'
import { createClientIn } from '../../client/src/client-in.ts'
import { hostEnvironment } from '../../client/src/environment/host-environment.ts'
import type { OpenSocket } from '../../client/src/environment/socket.ts'
import { partysocketOpener } from '../../client/src/transport/transport.ts'
import { until } from '../../dev/harness/until.ts'
import type { App } from '../fixtures/board/sync.ts'
import { open } from '../support/person.ts'
import { type Stack, startStack } from '../support/stack.ts'

let stack: Stack

beforeAll(async () => {
  stack = await startStack()
})

afterAll(() => stack.stop())

/** A WebSocket that can be cut, as by a network. */
function cuttable() {
  const openWebSocket = partysocketOpener()
  let cut = () => {}
  const opener: OpenSocket = (url, protocols, listener) => {
    const socket = openWebSocket(url, protocols, listener)
    cut = () => {
      socket.close()
      listener.closed(1006)
    }
    return socket
  }
  return { opener, cut: () => cut() }
}

it('CLI-35 what somebody edits offline is stored as theirs, though the page has another’s token next', async () => {
  const { opener, cut } = cuttable()
  let who: 'ada' | 'ben' = 'ada'
  const db = createClientIn<App>(
    hostEnvironment(() => opener),
    { url: stack.url, tenant: 'acme', getToken: () => stack.token(who) },
  )
  const stop = db.assignees.all().subscribe(() => undefined)
  const shows = (state: string) => db.connection.getSnapshot().state === state
  await until('the page is live', () => shows('live'))

  // Nothing was edited before: only the hello says whose the client is.
  cut()
  const hers = db.assignees.insert({ id: 'of-ada', name: 'made offline by ada' })
  who = 'ben'
  await until('the page is live for ben', () => shows('live'))
  expect(db.connection.getSnapshot()).toMatchObject({ pending: 0, held: 1 })
  const his = db.assignees.insert({ id: 'of-ben', name: 'made by ben' })
  expect(await his.committed).toMatchObject({ ok: true })
  expect(db.assignees.get('of-ada')).toBeUndefined()

  who = 'ada'
  cut()
  expect(await hers.committed).toMatchObject({ ok: true })
  expect(db.connection.getSnapshot().held).toBeUndefined()
  const subjectOf = async (id: string) => {
    const [row] = await stack.sql(
      'SELECT subject FROM tidemark.history WHERE tenant_id = $1 AND position($2 in changes::text) > 0',
      ['acme', `"${id}"`],
    )
    return row?.['subject']
  }
  const people = [await subjectOf('of-ada'), await subjectOf('of-ben')]
  expect(people).toEqual(['ada', 'ben'].map((name) => expect.stringContaining(name)))
  stop()
  db.close()
  const other = await open(stack, 'ben')
  expect(other.db.assignees.get('of-ada')).toBeDefined()
  other.close()
})
