import { decodeUp, encodeDown } from '../../../src/protocol/codec/codec.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import type { Edit } from '../../../src/protocol/edit.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import { PROTOCOL_VERSION, subprotocolOf } from '../../../src/protocol/version.ts'
import type { Socket, SocketListener } from '../../src/environment/socket.ts'

/** The server's end of a socket, played by the test. */
export class FakeSocket implements Socket {
  readonly url: string
  readonly protocols: readonly string[]
  /** Frames of the client, as the server's codec reads them. */
  readonly frames: Up[] = []
  /** Texts of the client that are no frames. */
  readonly beats: string[] = []
  /** Its frames as they went over the wire. */
  readonly texts: string[] = []
  closedByClient = false
  /** The version that the server has chosen. */
  #version = PROTOCOL_VERSION
  /** Whether frames pass. */
  isOpen = false
  #isOver = false
  readonly #listener: SocketListener

  constructor(url: string, protocols: readonly string[], listener: SocketListener) {
    this.url = url
    this.protocols = protocols
    this.#listener = listener
  }

  send(text: string): void {
    if (!this.isOpen) return
    if (text === 'ping') {
      this.beats.push(text)
      return
    }
    this.texts.push(text)
    const decoded = decodeUp(text, this.#version)
    if (!decoded.ok) throw new Error(`the server would refuse this: ${decoded.error.message}`)
    this.frames.push(decoded.frame)
  }

  close(): void {
    this.closedByClient = true
    this.#end()
  }

  /** It opens to a server that chooses a version. */
  open(version = PROTOCOL_VERSION): void {
    if (this.#isOver) return
    this.isOpen = true
    this.#version = version
    this.#listener.opened(subprotocolOf(version))
  }

  say(...frames: Down[]): void {
    for (const frame of frames) this.sayText(encodeDown(frame, this.#version))
  }

  sayText(text: string): void {
    if (this.isOpen) this.#listener.received(text)
  }

  cut(code = 1006): void {
    if (this.#isOver) return
    this.#end()
    this.#listener.closed(code)
  }

  #end(): void {
    this.isOpen = false
    this.#isOver = true
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
