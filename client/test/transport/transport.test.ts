import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Socket } from '../../src/environment/socket.ts'
import { partysocketOpener } from '../../src/transport/transport.ts'

/** A browser's socket, as far as partysocket uses one. */
class BrowserSocket extends EventTarget {
  static readonly all: BrowserSocket[] = []
  readonly sent: string[] = []
  binaryType = 'blob'
  protocol = 'tidemark.v6'
  readyState = 0
  closes = 0

  constructor() {
    super()
    BrowserSocket.all.push(this)
  }

  send(text: string): void {
    this.sent.push(text)
  }

  close(): void {
    this.closes++
    this.readyState = 2
  }

  become(readyState: number, event: Event): void {
    this.readyState = readyState
    this.dispatchEvent(event)
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  BrowserSocket.all.length = 0
})

afterEach(() => {
  vi.useRealTimers()
})

async function opened(): Promise<{ socket: Socket; browser: BrowserSocket; heard: string[] }> {
  const heard: string[] = []
  const socketClass: unknown = BrowserSocket
  // The fake has what partysocket uses of a WebSocket, not all that one has.
  const socket = partysocketOpener(socketClass as typeof WebSocket)('ws://x', ['a'], {
    opened: (subprotocol) => heard.push(`opened ${subprotocol}`),
    received: (text) => heard.push(text),
    closed: (code) => heard.push(`closed ${code}`),
  })
  await vi.advanceTimersByTimeAsync(1)
  const [browser] = BrowserSocket.all
  if (!browser) throw new Error('no socket was made')
  return { socket, browser, heard }
}

const closeEvent = (code: number) => Object.assign(new Event('close'), { code, reason: 'why' })

it('CON-16 one attempt is one socket: what ends is not opened again behind our back', async () => {
  const { browser, heard } = await opened()
  browser.become(1, new Event('open'))
  browser.dispatchEvent(new MessageEvent('message', { data: 'hi' }))
  browser.become(3, closeEvent(4409))
  await vi.advanceTimersByTimeAsync(120_000)
  expect(heard).toEqual(['opened tidemark.v6', 'hi', 'closed 4409'])
  expect(BrowserSocket.all).toHaveLength(1)
})

it('CON-16 an opening that fails is told once', async () => {
  const { browser, heard } = await opened()
  browser.dispatchEvent(
    Object.assign(new Event('error'), { error: new Error('refused'), message: 'refused' }),
  )
  browser.become(3, closeEvent(1006))
  await vi.advanceTimersByTimeAsync(120_000)
  expect(heard).toEqual(['closed 1006'])
  expect(BrowserSocket.all).toHaveLength(1)
})

it('CON-16 a socket that was closed here says nothing more', async () => {
  const { socket, browser, heard } = await opened()
  socket.close()
  browser.become(1, new Event('open'))
  browser.become(3, closeEvent(1000))
  socket.send('late')
  await vi.advanceTimersByTimeAsync(120_000)
  expect(heard).toEqual([])
  expect(browser.sent).toEqual([])
})

it('CON-16 nothing is kept for later: what is sent before the socket is open is not sent', async () => {
  const { socket, browser } = await opened()
  socket.send('early')
  browser.become(1, new Event('open'))
  socket.send('now')
  expect(browser.sent).toEqual(['now'])
})
