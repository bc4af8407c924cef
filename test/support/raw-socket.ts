import { openRawSocket } from '../../dev/harness/raw-socket.ts'
import { until } from '../../dev/harness/until.ts'
import { encode } from '../../src/protocol/codec/codec.ts'
import { decodeDown } from '../../src/protocol/codec/decode-down.ts'
import type { Down } from '../../src/protocol/down/down.ts'
import type { Welcome } from '../../src/protocol/down/welcome.ts'
import type { Context } from '../../src/protocol/edit.ts'
import type { Up } from '../../src/protocol/up/up.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts'

/** A frame of one kind. */
type Of<Kind extends Down[0]> = Extract<Down, readonly [Kind, ...unknown[]]>

/** A socket that says exactly what a test wants, and keeps what it hears. */
export class RawSocket {
  readonly #socket: WebSocket
  readonly #heard: Down[] = []
  #welcome: Welcome | undefined

  private constructor(socket: WebSocket) {
    this.#socket = socket
    socket.addEventListener('message', ({ data }) => {
      const decoded = decodeDown(String(data))
      if (!decoded.ok) throw new Error(`the server sent what is no frame: ${decoded.error.message}`)
      this.#heard.push(decoded.frame)
    })
  }

  /** Connects and says hello as `client`. */
  static async join(url: string, token: string, client: string): Promise<RawSocket> {
    const joined = new RawSocket(await openRawSocket(url, token))
    joined.send(['hello', { protocol: PROTOCOL_VERSION, client, acknowledged: 0, unsettled: 1 }])
    const [, welcome] = await joined.next('welcome')
    joined.#welcome = welcome
    return joined
  }

  /** What an edit made now has in sight: the log as it was at the welcome. */
  get context(): Context {
    if (!this.#welcome) throw new Error('a joined socket was welcomed')
    const { epoch, seq } = this.#welcome
    return { epoch, seq }
  }

  /** Bytes that have not left this process. */
  get unsent(): number {
    return this.#socket.bufferedAmount
  }

  send(frame: Up): void {
    this.#socket.send(encode(frame))
  }

  /** Takes the oldest frame of a kind out of what was heard, waiting for it if need be. */
  async next<Kind extends Down[0]>(kind: Kind): Promise<Of<Kind>> {
    const isOf = (frame: Down): frame is Of<Kind> => frame[0] === kind
    const frame = await until(`a frame "${kind}"`, () => this.#heard.find(isOf))
    this.#heard.splice(this.#heard.indexOf(frame), 1)
    return frame
  }

  close(): void {
    this.#socket.close()
  }
}
