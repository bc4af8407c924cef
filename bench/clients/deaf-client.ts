import { setTimeout as pause } from 'node:timers/promises'
import { createClientIn } from '../../client/src/client-in.ts'
import { hostEnvironment } from '../../client/src/environment/host-environment.ts'
import type { Client } from '../../client/src/index.ts'
import { follow } from '../../dev/invoices/person.ts'
import type { Stack } from '../../dev/invoices/stack.ts'
import type { App } from '../../examples/invoices/sync.ts'
import { countedOpener } from './counted-opener.ts'
import { startCountingProxy } from './counting-proxy.ts'

/** Milliseconds without a byte after which nothing more is on its way. */
const QUIET_MS = 1_000

/** A client of the real library that can stop to read, and does not notice that it has. */
export type DeafClient = AsyncDisposable & {
  readonly db: Client<App>
  /** Reads nothing more. */
  stop(): void
  /**
   * Reads what is on its way to it, while nothing that it says gets through.
   *
   * @returns how many characters of frames that was
   */
  drain(): Promise<number>
  /** Reads and speaks again. */
  resume(): void
}

/** Joins a tenant and holds all that is there. */
export async function openDeafClient(stack: Stack, tenant: string): Promise<DeafClient> {
  const proxy = await startCountingProxy(stack.url)
  let read = 0
  const counted = countedOpener((characters) => {
    read += characters
  })
  // As in a process that hangs, what is due meanwhile happens afterwards.
  let late: (() => void)[] | undefined
  const host = hostEnvironment(() => counted)
  const setTimer = (ms: number, run: () => void) => {
    let isCalledOff = false
    const runOnce = () => isCalledOff || run()
    const stop = host.setTimer(ms, () => (late ? late.push(runOnce) : runOnce()))
    return () => {
      isCalledOff = true
      stop()
    }
  }
  const environment = { ...host, setTimer }
  const getToken = () => stack.pass(tenant, 'deaf')
  const db = createClientIn<App>(environment, { url: proxy.url, tenant, getToken })
  const person = await follow(db, 'the deaf client')
  return {
    db,
    stop() {
      late = []
      proxy.hold()
    },
    async drain() {
      const before = read
      proxy.release('down')
      for (let last = -1; proxy.bytes !== last; await pause(QUIET_MS)) last = proxy.bytes
      return read - before
    },
    resume() {
      proxy.release('up')
      const due = late ?? []
      late = undefined
      for (const run of due) run()
    },
    async [Symbol.asyncDispose]() {
      person.close()
      await proxy[Symbol.asyncDispose]()
    },
  }
}
