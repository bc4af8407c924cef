import type { Share } from './parts/share.ts'
import { browserNeighbours } from './tabs/browser-neighbours.ts'
import { Company } from './tabs/company.ts'

/**
 * Shares one connection among all tabs of a browser that a person has open for a tenant. One of them has it, the
 * others speak over that one, and when it is closed another takes over. Needs `persist`, by which they agree on the
 * order of edits. Where a browser has no Web Locks or no BroadcastChannel each tab works alone.
 *
 * @example const db = createClient<App>({ url: '/', tenant, getToken, persist: indexedDb(), share: tabs() })
 */
export function tabs(): Share {
  return {
    join: (port) => {
      if (!port.keeps) {
        throw new TypeError(
          "Tabs agree on the order of edits by a disk: import { indexedDb } from '@tidemark/client/indexeddb', and give createClient the option persist: indexedDb() beside share: tabs().",
        )
      }
      const neighbours = browserNeighbours()
      return neighbours && new Company(port, neighbours)
    },
  }
}
