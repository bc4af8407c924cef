import { ownerOf } from '../../src/core/app/owner.ts'
import { DISK_VERSION, indexedDbDisk, type Names } from './disk/indexeddb-disk.ts'
import { Keeper } from './disk/keeper.ts'
import { opfsCopies } from './disk/opfs-copy.ts'
import { browserOwnership } from './disk/ownership.ts'
import { inTwoPlaces } from './disk/two-places.ts'
import { usedBy } from './disk/used-by.ts'
import type { Persist } from './parts/persist.ts'
import { memory } from './replica/memory.ts'

export type IndexedDbOptions = {
  /**
   * Milliseconds after the end of the last token for which rows of earlier visits are shown without a connection.
   * With one, the server says what may stay. Default: 0.
   */
  readonly graceMs?: number
  /**
   * Who uses the page, by the subject of their token; its tenant is the client's. A page that knows it says it, and is
   * shown nothing of anybody else. Without it, the page begins as whoever used the disk last, and the token decides.
   */
  readonly subject?: string
  /** Edits that may wait to be sent; more are refused as `queue-full`. Default: 10,000. */
  readonly maxEdits?: number
  /** Bytes of them. Default: 16 MiB. */
  readonly maxBytes?: number
}

/**
 * Keeps a client in the browser's IndexedDB: rows, and edits until they are in Postgres. Those are in a file of the
 * origin's own file system as well, because a browser that is killed may come back with an empty database.
 *
 * @example const db = createClient<App>({ url: '/', tenant, getToken, persist: indexedDb() })
 */
export function indexedDb(options: IndexedDbOptions = {}): Persist {
  return {
    memory,
    join: (port) => {
      const place = JSON.stringify([port.address, port.tenant])
      const plain = indexedDbDisk(place, pageNames())
      const { subject } = options
      const disk = usedBy(
        inTwoPlaces(plain, opfsCopies(place)),
        subject === undefined ? undefined : ownerOf({ tenant: port.tenant, sub: subject }),
      )
      const ownership = browserOwnership(`tidemark ${DISK_VERSION} ${place}`, port.environment)
      return new Keeper(port, { disk, plain, ownership }, options)
    },
  }
}

/** The page's own small store; a process has none, and a browser may refuse it. */
function pageNames(): Names | undefined {
  try {
    return localStorage
  } catch {
    return undefined
  }
}
