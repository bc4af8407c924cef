import type { WebSocket } from 'ws'
import { encode } from '../../src/protocol/codec/codec.ts'
import { decodeDown } from '../../src/protocol/codec/decode-down.ts'
import type { Down } from '../../src/protocol/down/down.ts'
import type { Edit } from '../../src/protocol/edit.ts'
import { MAX_EDITS_PER_PUSH, MAX_UNACKNOWLEDGED_EDITS, SEEN_EVERY } from '../../src/protocol/limits.ts'
import type { Up } from '../../src/protocol/up/up.ts'
import { BEARER_PREFIX, PROTOCOL_VERSION, SUBPROTOCOL } from '../../src/protocol/version.ts'
import { openSocket, type Target } from './target.ts'

const ROWS = Buffer.from('["rows"')

/**
 * The product, spoken to as its client does and no more than that: writes that are made at the same time are
 * one push, those for which there is no room wait for receipts, and what was read is told.
 *
 * @param tokens the writers' first
 */
export function tidemarkTarget(url: string, tokens: readonly string[], writers: number): Target {
  const sockets: WebSocket[] = []
  /** How far the log has come that all subscribers together have seen. */
  let seen = 0
  const open = async (place: number) => {
    const socket = await openSocket(`${url}/sync/connect`, [SUBPROTOCOL, `${BEARER_PREFIX}${tokens[place]}`])
    sockets.push(socket)
    const send = (frame: Up) => socket.send(encode(frame))
    let received = 0
    let told = 0
    socket.on('message', (frame: Buffer) => {
      received += frame.length
      if (received - told < SEEN_EVERY) return
      told = received
      send(['read-ack', received])
    })
    const client = `load-${String(place).padStart(8, '0')}`
    const hello = { protocol: PROTOCOL_VERSION, client, acknowledged: 0, unsettled: 1 }
    const welcome = nextOf(socket, 'welcome')
    send(['hello', hello])
    const [, { epoch, known, seq }] = await welcome
    seen = Math.max(seen, seq)
    return { socket, send, epoch, known }
  }
  return {
    async subscribe(index, heard) {
      const { socket, send } = await open(writers + index)
      await follow(socket, send)
      socket.on('message', (frame: Buffer) => {
        if (frame.indexOf(ROWS) !== 0) return
        seen = Math.max(seen, seqOf(frame))
        heard(frame)
      })
    },
    async openWriter(index) {
      const { socket, send, epoch, known } = await open(index)
      // Nobody writes into what is still being loaded.
      await follow(socket, send)
      send(['unsubscribe', { id: 1 }])
      let acknowledged = known
      let n = known
      const waiting: Edit[] = []
      const push = () => {
        while (waiting[0] && waiting[0].n - acknowledged + MAX_EDITS_PER_PUSH <= MAX_UNACKNOWLEDGED_EDITS)
          send(['push', acknowledged, waiting.splice(0, MAX_EDITS_PER_PUSH)])
      }
      socket.on('message', (frame: Buffer) => {
        const text = String(frame)
        if (!text.startsWith('["receipt"')) return
        const read: Extract<Down, readonly ['receipt', unknown]> = JSON.parse(text)
        for (const verdict of read[1]) {
          if (verdict.is !== 'accepted')
            throw new Error(`an edit was not accepted: ${JSON.stringify(verdict)}`)
          acknowledged = verdict.n
        }
        push()
      })
      return (writes) => {
        for (const { id, reference } of writes) {
          n += 1
          const op = {
            op: 'update',
            collection: 'invoices',
            id,
            fields: { reference: { set: reference } },
          } as const
          waiting.push({ n, context: { epoch, seq: seen }, ops: [op] })
        }
        push()
      }
    },
    close() {
      for (const socket of sockets) socket.terminate()
    },
  }
}

/** Subscribes to all rows, and resolves when they are here. */
async function follow(socket: WebSocket, send: (frame: Up) => void): Promise<void> {
  const whole = new Promise<void>((resolve) => {
    const read = (frame: Buffer) => {
      const text = String(frame)
      if (!text.startsWith('["page"')) return
      const page: Extract<Down, readonly ['page', unknown]> = JSON.parse(text)
      if (!page[1].last) return
      socket.off('message', read)
      resolve()
    }
    socket.on('message', read)
  })
  send(['subscribe', { id: 1, query: { collection: 'invoices' } }])
  await whole
}

type Kind = Down[0]
type FrameOf<Of extends Kind> = Extract<Down, readonly [Of, ...unknown[]]>

function nextOf<Of extends Kind>(socket: WebSocket, kind: Of): Promise<FrameOf<Of>> {
  const isOf = (frame: Down): frame is FrameOf<Of> => frame[0] === kind
  return new Promise((resolve, reject) => {
    const read = (data: Buffer) => {
      const decoded = decodeDown(String(data))
      if (!decoded.ok) return reject(new Error(decoded.error.message))
      if (decoded.frame[0] === 'error') return reject(new Error(decoded.frame[1].message))
      if (!isOf(decoded.frame)) return
      socket.off('message', read)
      resolve(decoded.frame)
    }
    socket.on('message', read)
    socket.once('close', (code) => reject(new Error(`the server closed the socket with ${code}`)))
  })
}

/** The end of the interval that a frame of rows tells, without reading the rest. */
function seqOf(frame: Buffer): number {
  const [, from, length] = frame.toString('latin1', 0, 60).split(',')
  return Number(from) + Number(length)
}
