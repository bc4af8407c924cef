import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../dev/harness/until.ts'
import type { Database } from '../load/database.ts'
import { startServer } from '../load/servers.ts'

const AT_A_TIME = 100

/** The longest pause before another try, in ms, as the library's first. */
const PAUSE_MS = 1_000

/** Milliseconds after which a crowd hangs. */
const HANG_MS = 600_000

/** A plain WebSocket that opens again whenever it has ended, until it is closed. */
class Plain {
  /** Called each time it has what a bare object sends to whoever opens a socket. */
  onRows: () => void = () => {}
  readonly #address: string
  #socket: WebSocket | undefined
  #isClosed = false

  constructor(address: string) {
    this.#address = address
    this.#open()
  }

  close(): void {
    this.#isClosed = true
    this.#socket?.close()
  }

  #open(): void {
    const socket = new WebSocket(this.#address)
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      JSON.parse(String(data))
      this.onRows()
    })
    socket.addEventListener('close', () => void this.#again())
  }

  async #again(): Promise<void> {
    await pause(Math.random() * PAUSE_MS)
    if (!this.#isClosed) this.#open()
  }
}

/**
 * How plain sockets come back to a bare object when its process is killed: from the kill until each has been
 * sent all rows again, in ms.
 */
export async function timeBareReturn(database: Database, clients: number, rows: number): Promise<number[]> {
  await using server = await startServer('floor-a', database, rows)
  const crowd: Plain[] = []
  const have = new Set<Plain>()
  try {
    while (crowd.length < clients) {
      for (let i = 0; i < AT_A_TIME; i++) {
        const plain = new Plain(`${server.url.replace(/^http/, 'ws')}/sync/subscribe`)
        plain.onRows = () => void have.add(plain)
        crowd.push(plain)
      }
      await until('sockets have their rows', () => have.size === crowd.length, HANG_MS)
    }
    const times = new Map<Plain, number>()
    const begun = performance.now()
    for (const plain of crowd) plain.onRows = () => void times.set(plain, performance.now() - begun)
    for (const pid of server.pids()) process.kill(pid, 'SIGKILL')
    await until('all have their rows again', () => times.size === crowd.length, HANG_MS)
    return [...times.values()]
  } finally {
    for (const plain of crowd) plain.close()
  }
}
