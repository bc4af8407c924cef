import { createClientIn } from '../../client/src/client-in.ts'
import { hostEnvironment } from '../../client/src/environment/host-environment.ts'
import type { AppTypes, Client, GetToken, Part } from '../../client/src/index.ts'
import { networkOpener } from '../../client/src/transport/network.ts'
import { type FaultyProxy, startFaultyProxy } from './faulty-proxy.ts'

/** A device with a network of its own and a client on it, whose page hears what a browser would tell it. */
export type Device<App extends AppTypes> = AsyncDisposable & {
  readonly db: Client<App>
  readonly proxy: FaultyProxy
  /** Tells the page that there is no network, or that there is one again. */
  tell(isOnline: boolean): void
}

/** @param target the Worker's address */
export async function startDevice<App extends AppTypes>(
  target: string,
  tenant: string,
  getToken: GetToken,
  parts: readonly Part[] = [],
): Promise<Device<App>> {
  const proxy = await startFaultyProxy(target)
  const listeners = new Set<() => void>()
  let isOnline = true
  const environment = {
    ...hostEnvironment(networkOpener),
    isOnline: () => isOnline,
    onWake: (listener: () => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const db = createClientIn<App>(environment, { url: proxy.url, tenant, getToken, parts })
  return {
    db,
    proxy,
    tell(online) {
      isOnline = online
      for (const listener of listeners) listener()
    },
    async [Symbol.asyncDispose]() {
      db.close()
      await proxy[Symbol.asyncDispose]()
    },
  }
}
