import { SEEN_EVERY } from '../protocol/limits.ts'

/**
 * Milliseconds between two comments. They keep proxies from cutting a quiet stream, and a reader that is gone
 * without a word is noticed when one cannot be written.
 */
const KEEP_ALIVE_MS = 5_000

/** What makes an event's id of a frame; undefined for a frame that moves nobody's cursor. */
export type IdOf = (frame: string) => string | undefined

type Options = {
  readonly session: string
  readonly idOf: IdOf
  /** The reader cannot say how much it has read, so what it pulls counts as read. */
  readonly acknowledge: boolean
}

/**
 * A session's frames as server-sent events. The socket to the tenant's object is one like any other, so the
 * object sleeps while nothing happens; what keeps the stream alive is done here.
 */
export function eventStream(socket: WebSocket, { session, idOf, acknowledge }: Options): ReadableStream {
  const bytes = new TextEncoder()
  let keepAlive: ReturnType<typeof setInterval> | null = null
  let read = 0
  let told = 0
  const tellRead = () => {
    if (!acknowledge || read - told < SEEN_EVERY) return
    told = read
    socket.send(JSON.stringify(['seen', read]))
  }
  return new ReadableStream({
    start(stream) {
      let isOpen = true
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
      keepAlive = setInterval(() => write(':'), KEEP_ALIVE_MS)
      socket.addEventListener('message', ({ data }) => {
        const frame = String(data)
        const id = idOf(frame)
        write(id === undefined ? `data: ${frame}` : `id: ${id}\ndata: ${frame}`)
        read += frame.length
        if ((stream.desiredSize ?? 0) > 0) tellRead()
      })
      socket.addEventListener('close', end)
      // An object that crashes cuts its sockets without a close frame.
      socket.addEventListener('error', () => end({ code: 1006, reason: '' }))
      socket.accept()
    },
    pull: tellRead,
    cancel() {
      if (keepAlive !== null) clearInterval(keepAlive)
      socket.close(1000)
    },
  })
}
