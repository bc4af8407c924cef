import { MAX_FRAME_BYTES } from '../../../src/protocol/limits.ts'
import { BEARER_PREFIX, versionOf } from '../../../src/protocol/version.ts'
import type { Environment } from '../environment/environment.ts'
import type { OpenSocket, SocketListener } from '../environment/socket.ts'
import { readEvents } from './event-stream.ts'
import { PING, PONG } from './ping.ts'

/** Milliseconds after which a stream that says nothing is not believed to live: more than between two comments. */
const SILENT_MS = 4_000

/** Milliseconds that a request may take. A stream that lives says nothing of what goes the other way. */
const POST_DEADLINE_MS = 10_000

/** Characters that even a slow link carries in a millisecond; larger requests get more time. */
const SLOWEST_PER_MS = 4

/** Milliseconds in which the stream tells why its session has ended, once a request has met with that. */
const REASON_DEADLINE_MS = 2_000

/** Characters of frames in one request, besides the first frame: well below what the server takes at once. */
const MAX_BODY_LENGTH = MAX_FRAME_BYTES

const ABNORMAL = 1006

/** Status of an answer to whoever asks for a version that is not spoken. */
const TOO_OLD = 426

/** What an answer without a stream means, as the close code that a socket would have had. */
const CLOSE_OF: Readonly<Record<number, number>> = {
  401: 4401,
  403: 4403,
  [TOO_OLD]: 4426,
  429: 4429,
}

type Port = Pick<Environment, 'now' | 'setTimer'> & { readonly fetch: typeof fetch }

/**
 * Opens a stream of server-sent events in place of a socket, for networks that let no WebSocket through.
 * What goes up is posted, one request after the other, so that it arrives in its order.
 */
export function eventsOpener(port: Port): OpenSocket {
  return (url, protocols, listener) => new EventsSocket(port, url, protocols, listener)
}

class EventsSocket {
  readonly #port: Port
  readonly #base: string
  readonly #listener: SocketListener
  readonly #abort = new AbortController()
  /** Subprotocols that stand for versions, the newest first. */
  readonly #offered: readonly string[]
  #token: string
  /** Names the session; empty before there is one, and once it has ended. */
  #session = ''
  #heardAt = 0
  /** The session is to give signs of life. */
  #signs = false
  #over = false
  readonly #waiting: string[] = []
  #posting = false
  #cancelDeadline: () => void = () => {}

  constructor(port: Port, url: string, protocols: readonly string[], listener: SocketListener) {
    this.#port = port
    this.#listener = listener
    this.#base = url.replace(/^ws/, 'http').replace(/connect$/, '')
    const bearer = protocols.find((name) => name.startsWith(BEARER_PREFIX))
    this.#offered = protocols.filter((name) => name !== bearer)
    this.#token = bearer?.slice(BEARER_PREFIX.length) ?? ''
    void this.#run()
  }

  send(text: string): void {
    if (this.#over) return
    if (text === PING) {
      void this.#ask()
      return
    }
    if (this.#session === '') return
    this.#waiting.push(text)
    if (!this.#posting) void this.#post()
  }

  close(): void {
    if (this.#session !== '') this.#leave()
    this.#session = ''
    this.#over = true
    this.#cancelDeadline()
    this.#abort.abort()
  }

  /** Says goodbye, so that the server does not keep the session until it notices. Nobody waits for an answer. */
  #leave(): void {
    const headers = { Authorization: `Bearer ${this.#token}`, 'Tidemark-Session': this.#session }
    const goodbye = { method: 'DELETE', headers, keepalive: true }
    void this.#port.fetch(`${this.#base}frames`, goodbye).catch(() => undefined)
  }

  /**
   * Answers a ping, if the service does and the stream has not been silent. A way that has become deaf answers
   * neither; one whose stream alone has ended is found out by that.
   */
  async #ask(): Promise<void> {
    try {
      // What goes past the session is no sign of life to it.
      const init = this.#signs ? { method: 'POST' } : {}
      const headers = this.#signs ? { 'Tidemark-Session': this.#session } : {}
      const { status } = await this.#request('frames', '', init, headers)
      const isHeard = this.#port.now() - this.#heardAt < SILENT_MS
      if (status === 204 && isHeard && !this.#over) this.#listener.received(PONG)
    } catch {
      // No answer is what the heartbeat waits for.
    }
  }

  async #run(): Promise<void> {
    try {
      const [response, subprotocol] = await this.#negotiate()
      if (!response.ok || !response.body) {
        this.#end(CLOSE_OF[response.status] ?? ABNORMAL)
        return
      }
      for await (const { event, data } of readEvents(response.body)) {
        this.#heardAt = this.#port.now()
        if (this.#over) return
        if (event === 'session') {
          this.#session = data
          this.#listener.opened(subprotocol)
        } else if (event === 'close') {
          // There is nobody left to say goodbye to.
          this.#session = ''
          this.#end(closeCode(data))
        } else {
          // A comment says what an answer to a ping would: that the stream lives.
          const [, signs] = /^\["peers",\{"signs":(true|false)/.exec(data) ?? []
          if (signs !== undefined) this.#signs = signs === 'true'
          this.#listener.received(data === '' ? PONG : data)
        }
      }
      this.#end(ABNORMAL)
    } catch {
      // Told as what it is: the connection is gone, and nobody knows what of the last frames arrived.
      this.#end(ABNORMAL)
    }
  }

  /** Asks for a stream in the newest version that the server speaks, too. Returns its last answer. */
  async #negotiate(): Promise<[Response, string]> {
    for (const [i, subprotocol] of this.#offered.entries()) {
      const response = await this.#request('events', `?protocol=${versionOf(subprotocol)}`, {})
      if (response.status !== TOO_OLD || i === this.#offered.length - 1) return [response, subprotocol]
    }
    throw new Error('a client offers a version')
  }

  async #post(): Promise<void> {
    this.#posting = true
    try {
      while (this.#waiting.length > 0 && this.#session !== '') {
        const status = await this.#postOnce(this.#coalesce())
        if (status === 409) this.#awaitReason()
        else if (status !== 204) this.#end(CLOSE_OF[status] ?? ABNORMAL)
      }
    } catch {
      // As above.
      this.#end(ABNORMAL)
    } finally {
      this.#posting = false
    }
  }

  async #postOnce(frames: readonly string[]): Promise<number> {
    for (const frame of frames) this.#renew(frame)
    const body = frames.join('\n')
    const deadlineMs = POST_DEADLINE_MS + body.length / SLOWEST_PER_MS
    this.#cancelDeadline = this.#port.setTimer(deadlineMs, () => this.#end(ABNORMAL))
    const headers = { 'Tidemark-Session': this.#session }
    const { status } = await this.#request('frames', '', { method: 'POST', body }, headers)
    this.#cancelDeadline()
    return status
  }

  /** The session has ended. Its stream, which may be slower, brings the reason. */
  #awaitReason(): void {
    this.#session = ''
    this.#cancelDeadline = this.#port.setTimer(REASON_DEADLINE_MS, () => this.#end(ABNORMAL))
  }

  /** Takes what goes up next: as much as is waiting, if that is no more than one request may carry. */
  #coalesce(): string[] {
    let length = 0
    const end = this.#waiting.findIndex((frame, i) => {
      length += frame.length + 1
      return i > 0 && length > MAX_BODY_LENGTH
    })
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end)
  }

  /** A fresh token goes up in a frame, and is the one to show from then on. */
  #renew(frame: string): void {
    const [, token] = /^\["auth","([^"]+)"\]$/.exec(frame) ?? []
    this.#token = token ?? this.#token
  }

  #request(path: string, search: string, init: RequestInit, headers = {}): Promise<Response> {
    return this.#port.fetch(`${this.#base}${path}${search}`, {
      ...init,
      headers: { Authorization: `Bearer ${this.#token}`, ...headers },
      cache: 'no-store',
      signal: this.#abort.signal,
    })
  }

  #end(code: number): void {
    if (this.#over) return
    this.close()
    this.#listener.closed(code)
  }
}

function closeCode(data: string): number {
  const [, code] = /"code":(\d+)/.exec(data) ?? []
  return Number(code ?? ABNORMAL)
}
