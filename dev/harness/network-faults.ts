import { setTimeout as pause } from 'node:timers/promises'
import type { FaultyProxy } from './faulty-proxy.ts'

/** What a fault befalls: a way to the server, and a page that is told of it where a browser would tell it. */
type Befallen = { readonly proxy: FaultyProxy; tell(isOnline: boolean): void }

/** A fault of a network: it lasts so many ms, and resolves at the moment the network is back. */
export type NetworkFault = (befallen: Befallen, lastsMs: number) => Promise<void>

/** Milliseconds that a slow network takes in each direction. */
const SLOW_MS = 75

const told =
  (isBack: (proxy: FaultyProxy) => Promise<void>, begin = (proxy: FaultyProxy) => proxy.fallSilent()) =>
  async ({ proxy, tell }: Befallen, lastsMs: number) => {
    begin(proxy)
    tell(false)
    await pause(lastsMs)
    await isBack(proxy)
    tell(true)
  }

/** The faults that networks have, each by what happens. None is told to the page unless it says so. */
export const NETWORK_FAULTS: Readonly<Record<string, NetworkFault>> = {
  /** Every connection is reset, as where a proxy restarts. */
  cut: async ({ proxy }) => proxy.cut(),
  /** Nothing listens for a while. */
  refused: async ({ proxy }, lastsMs) => {
    await proxy.refuse()
    await pause(lastsMs)
    await proxy.restore()
  },
  /** Everything is reset, and what comes back is slow. */
  slow: async ({ proxy }) => {
    proxy.delayMs = SLOW_MS
    proxy.cut()
  },
  /** Nothing passes, and the page is told; then there is another network, and what was open stays silent. */
  'another network, told': told((proxy) => proxy.restore()),
  /** Nothing passes, and the page is told; then what was open goes on. */
  'the same network, told': told((proxy) => proxy.restore({ resumes: true })),
  /** Attempts are under way over a network that swallows them when there is another one. */
  'another network amid an attempt, told': told(
    (proxy) => proxy.restore(),
    (proxy) => {
      proxy.fallSilent()
      proxy.cut()
    },
  ),
}
