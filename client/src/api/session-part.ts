import type { Down } from '../../../src/protocol/down/down.ts'
import type { Up } from '../../../src/protocol/up/up.ts'

/** Something that speaks with the server itself, over the client's session. */
export type SessionPart = {
  /** A frame came that the session leaves to its parts; each of them takes what is its own. */
  heard(frame: Down): void
  /** A frame was handled, and all who listen were told. `text` is how it came. */
  saw?(frame: Down, text: string): void
  /** A frame goes up, of whomever. */
  said?(frame: Up): void
  /** The frames that are due, to a server that speaks a version. They follow the edits of the turn. */
  outgoing(version: number): readonly Up[]
  /** The connection is gone, and with it all that the server knew. */
  disconnected(): void
}
