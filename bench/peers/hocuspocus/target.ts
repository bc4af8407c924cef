import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { openSocket, type Target } from '../../load/target.ts'
import { DOCUMENT, TABLE } from './document.ts'

/** Numbers of messages, as the installed version has them. */
const SYNC = 0
const AUTH = 2

/**
 * Hocuspocus. Writers are its own client, which makes the updates; subscribers only listen, so that the
 * generator has no copy of the document for each.
 */
export function openTarget(url: string): Target {
  const path = url.replace(/^http/, 'ws')
  const endings: (() => void)[] = []
  return {
    async subscribe(_, heard) {
      const whole = Promise.withResolvers<void>()
      let take = (frame: Buffer) => {
        if (kindOf(frame) !== SYNC) return
        take = heard
        whole.resolve()
      }
      const socket = await openSocket(path, [], (frame) => take(frame))
      endings.push(() => socket.terminate())
      // The first thing a client says is who it is: an empty token will do. Then it asks for all that there is.
      socket.send(message(AUTH, (encoder) => encoding.writeVarString(encoder, '')))
      const nothing = Y.encodeStateVector(new Y.Doc())
      socket.send(message(SYNC, (encoder) => encoding.writeVarUint8Array(encoder, nothing)))
      await whole.promise
    },
    async openWriter() {
      const document = new Y.Doc()
      const websocketProvider = new HocuspocusProviderWebsocket({ url: path, WebSocketPolyfill: WebSocket })
      const synced = Promise.withResolvers<void>()
      const provider = new HocuspocusProvider({
        name: DOCUMENT,
        document,
        websocketProvider,
        onSynced: () => synced.resolve(),
      })
      provider.attach()
      endings.push(() => {
        provider.destroy()
        websocketProvider.destroy()
      })
      await synced.promise
      const table = document.getMap<Y.Map<unknown>>(TABLE)
      return (writes) => {
        document.transact(() => {
          for (const { id, reference } of writes) {
            const row = table.get(id)
            if (!row) throw new Error(`the document has no row ${id}`)
            row.set('reference', reference)
          }
        })
      }
    },
    close() {
      for (const end of endings) end()
    },
  }
}

/** A message about the document, of the first kind that there is under its number. */
function message(kind: number, write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, DOCUMENT)
  encoding.writeVarUint(encoder, kind)
  encoding.writeVarUint(encoder, 0)
  write(encoder)
  return encoding.toUint8Array(encoder)
}

function kindOf(frame: Buffer): number {
  const decoder = decoding.createDecoder(frame)
  decoding.readVarString(decoder)
  return decoding.readVarUint(decoder)
}
