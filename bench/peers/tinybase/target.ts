import { createMergeableStore } from 'tinybase'
import { createWsSynchronizer } from 'tinybase/synchronizers/synchronizer-ws-client'
import { WebSocket } from 'ws'
import { openSocket, type Target } from '../../load/target.ts'

/**
 * TinyBase. Writers are its own client, whose stamps cannot well be made otherwise; subscribers only listen, so
 * that the generator has no copy of the store for each.
 */
export function openTarget(url: string): Target {
  const path = `${url.replace(/^http/, 'ws')}/sync/room`
  const endings: (() => unknown)[] = []
  return {
    async subscribe(_, heard) {
      const socket = await openSocket(path, [], heard)
      endings.push(() => socket.terminate())
    },
    async openWriter() {
      const store = createMergeableStore()
      const synchronizer = await createWsSynchronizer(store, new WebSocket(path))
      endings.push(() => synchronizer.destroy())
      await synchronizer.startSync()
      return (writes) => {
        store.transaction(() => {
          for (const { id, reference } of writes) store.setCell('invoices', id, 'reference', reference)
        })
      }
    },
    close() {
      for (const end of endings) end()
    },
  }
}
