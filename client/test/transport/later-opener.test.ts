import { expect, it } from 'vitest'
import type { OpenSocket, SocketListener } from '../../src/environment/socket.ts'
import { laterOpener } from '../../src/transport/later-opener.ts'

/** An opener that is loaded as the test says, and what was heard of its sockets. */
function loading() {
  const asked: PromiseWithResolvers<OpenSocket>[] = []
  const heard: unknown[] = []
  const did: string[] = []
  const listener: SocketListener = {
    opened: (subprotocol) => heard.push(['opened', subprotocol]),
    received: (text) => heard.push(['received', text]),
    closed: (code) => heard.push(['closed', code]),
  }
  const open: OpenSocket = (url, protocols, ear) => {
    did.push(`open ${url} ${protocols.join()}`)
    ear.opened('a')
    return { send: (text) => void did.push(`send ${text}`), close: () => void did.push('close') }
  }
  const later = laterOpener(() => {
    const answer = Promise.withResolvers<OpenSocket>()
    asked.push(answer)
    return answer.promise
  })
  return { asked, heard, did, open, begin: () => later('wss://x', ['a'], listener) }
}

it('SIZ-11 it is loaded when it is first used, and is the way itself from then on', async () => {
  const { asked, heard, did, open, begin } = loading()
  expect(asked).toEqual([])
  const socket = begin()
  socket.send('too early')
  asked[0]?.resolve(open)
  await Promise.resolve()
  expect(heard).toEqual([['opened', 'a']])
  socket.send('now')
  socket.close()
  expect(did).toEqual(['open wss://x a', 'send now', 'close'])
  begin().send('at once')
  expect(did.slice(3)).toEqual(['open wss://x a', 'send at once'])
  expect(asked).toHaveLength(1)
})

it('SIZ-11 where it cannot be loaded the attempt has failed, told once, and the next one asks again', async () => {
  const { asked, heard, open, begin } = loading()
  begin()
  expect(heard).toEqual([])
  asked[0]?.reject(new TypeError('offline'))
  await Promise.resolve()
  await Promise.resolve()
  expect(heard).toEqual([['closed', 1006]])
  begin()
  asked[1]?.resolve(open)
  await Promise.resolve()
  expect(heard).toEqual([
    ['closed', 1006],
    ['opened', 'a'],
  ])
})

it.each(['resolve', 'reject'] as const)('SIZ-11 closed before it came, it never opens (%s)', async (how) => {
  const { asked, heard, did, open, begin } = loading()
  begin().close()
  if (how === 'resolve') asked[0]?.resolve(open)
  else asked[0]?.reject(new TypeError('offline'))
  await Promise.resolve()
  await Promise.resolve()
  expect([heard, did]).toEqual([[], []])
})
