import { once } from 'node:events'
import { WebSocket } from 'ws'

/** One write of the workload: one field of one row. */
export type Write = { readonly id: string; readonly reference: string }

/** Sends writes that are made at the same time. */
export type Writer = (writes: readonly Write[]) => void

/** A server as the generator sees it. */
export type Target = {
  /** Opens a subscriber of all rows; resolves when it has them. `heard` gets every later frame that carries rows. */
  subscribe(index: number, heard: (frame: Buffer) => void): Promise<void>
  openWriter(index: number): Promise<Writer>
  close(): void
}

/** @param heard gets every frame, also one that comes with the answer to the handshake */
export async function openSocket(
  url: string,
  protocols: readonly string[] = [],
  heard: (frame: Buffer) => void = () => {},
): Promise<WebSocket> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), [...protocols], { perMessageDeflate: false })
  socket.on('message', heard)
  await once(socket, 'open')
  // 1006 is our own end.
  socket.on('close', (code, reason) => {
    if (code !== 1006) throw new Error(`the server closed a socket with ${code}: ${reason}`)
  })
  return socket
}
