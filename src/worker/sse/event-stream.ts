import { encodeUp } from '../../protocol/codec/encode-up.ts'
import { SEEN_EVERY } from '../../protocol/limits.ts'
import type { PlainReader } from './plain-reader.ts'
import type { IdOf } from './positions.ts'

/**
 * Milliseconds between two comments. They keep proxies from cutting a quiet stream, a reader that is gone
 * without a word is noticed when one cannot be written, and to the reader they are the sign that it lives.
 */
const KEEP_ALIVE_MS = 3_000

/** Comments to one heartbeat to the object, which is answered without waking it: its sign that the reader lives. */
const COMMENTS_TO_A_BEAT = 20

type Options = {
  readonly session: string
  readonly idOf: IdOf
  /** The version of the protocol in which the reader is spoken for. */
  readonly version: number
  /** Set for a reader that cannot speak: what it pulls counts as read. */
  readonly reader?: PlainReader | undefined
}

/**
 * A session's frames as server-sent events. The socket to the tenant's object is one like any other, so the
 * object sleeps while nothing happens; what keeps the stream alive is done here.
 */
export function eventStream(socket: WebSocket, { session, idOf, version, reader }: Options): ReadableStream {
  const bytes = new TextEncoder()
  let keepAlive: ReturnType<typeof setInterval> | null = null
  let isOpen = true
  let read = 0
  let due = 0
  let told = 0
  const tellRead = () => {
    if (!reader || due === told) return
    told = due
    socket.send(encodeUp(['read-ack', due], version))
  }
  return new ReadableStream({
    start(stream) {
      const write = (text: string) => {
        if (isOpen) stream.enqueue(bytes.encode(`${text}\n\n`))
      }
      const end = ({ code, reason }: { code: number; reason: string }) => {
        if (keepAlive !== null) clearInterval(keepAlive)
        if (!isOpen) return
        write(`event: close\ndata: ${JSON.stringify({ code, reason })}`)
        isOpen = false
        stream.close()
      }
      write(`event: session\ndata: ${session}`)
      let comments = 0
      keepAlive = setInterval(() => {
        write(':')
        if (comments++ % COMMENTS_TO_A_BEAT === 0) socket.send('ping')
      }, KEEP_ALIVE_MS)
      socket.addEventListener('message', ({ data }) => {
        const frame = String(data)
        if (frame === 'pong') return
        const id = idOf(frame)
        write(id === undefined ? `data: ${frame}` : `id: ${id}\ndata: ${frame}`)
        const answer = reader?.answerTo(frame)
        if (answer) socket.send(encodeUp(answer, version))
        read += frame.length
        // The places at which any client says it, by which the object knows that it was read.
        if (read - due >= SEEN_EVERY) due = read
        if ((stream.desiredSize ?? 0) > 0) tellRead()
      })
      socket.addEventListener('close', end)
      // An object that crashes cuts its sockets without a close frame.
      socket.addEventListener('error', () => end({ code: 1006, reason: '' }))
      socket.accept()
      for (const frame of reader?.begin ?? []) socket.send(encodeUp(frame, version))
    },
    pull: tellRead,
    cancel() {
      isOpen = false
      if (keepAlive !== null) clearInterval(keepAlive)
      socket.close(1000)
    },
  })
}
