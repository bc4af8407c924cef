import { decodeUp, encode } from '../../../src/protocol/codec.ts'
import type { Down } from '../../../src/protocol/down.ts'
import type { Edit } from '../../../src/protocol/edit.ts'
import type { Up } from '../../../src/protocol/up.ts'
import type { Socket, SocketListener } from '../../src/environment/socket.ts'

/** The server's end of a socket, played by the test. */
export class FakeSocket implements Socket {
  readonly url: string
  readonly protocols: readonly string[]
  /** Frames of the client, as the server's codec reads them. */
  readonly frames: Up[] = []
  /** Texts of the client that are no frames. */
  readonly beats: string[] = []
  closedByClient = false
  readonly #listener: SocketListener

  constructor(url: string, protocols: readonly string[], listener: SocketListener) {
    this.url = url
    this.protocols = protocols
    this.#listener = listener
  }

  send(text: string): void {
    if (text === 'ping') {
      this.beats.push(text)
      return
    }
    const decoded = decodeUp(text)
    if (!decoded.ok) throw new Error(`the server would refuse this: ${decoded.error.message}`)
    this.frames.push(decoded.frame)
  }

  close(): void {
    this.closedByClient = true
  }

  open(): void {
    this.#listener.opened()
  }

  say(...frames: Down[]): void {
    for (const frame of frames) this.#listener.received(encode(frame))
  }

  sayText(text: string): void {
    this.#listener.received(text)
  }

  cut(code = 1006): void {
    this.#listener.closed(code)
  }

  /** Takes the client's frames so far. */
  take(): Up[] {
    return this.frames.splice(0)
  }

  /** The edits pushed since the frames were last taken. */
  takeEdits(): Edit[] {
    return this.take().flatMap((frame) => (frame[0] === 'push' ? frame[2] : []))
  }
}
