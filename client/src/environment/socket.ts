/** The ear of a socket. After `closed` it tells nothing more. */
export type SocketListener = {
  /** `subprotocol` is the one that the server chose of those offered. */
  opened(subprotocol: string): void
  received(text: string): void
  /** `code` is the close code of the peer, or 1006 where there was none. */
  closed(code: number): void
}

/** One connection, from its opening to its end. */
export type Socket = {
  send(text: string): void
  /** Ends the connection; the listener hears nothing more. */
  close(): void
}

export type OpenSocket = (url: string, protocols: readonly string[], listener: SocketListener) => Socket
