import type { GetToken } from './api/types.ts'
import type { Part } from './parts/part.ts'
import type { Persist } from './parts/persist.ts'
import type { Share } from './parts/share.ts'
import type { Trace } from './parts/trace.ts'
import type { SocketClass } from './transport/transport.ts'

export type ClientOptions = {
  /** Where Tidemark is served: an origin, or a path of the page's own origin such as `/`. */
  readonly url: string
  /** The tenant as the application knows it. It names local state only; the token says who may see what. */
  readonly tenant: string
  /**
   * A fresh token, or null when nobody is signed in. An error with a `status` of 401, as `SignedOut` has, says the
   * same; any other is tried again. The token of another person makes this another's client: rows are dropped,
   * and edits of the one before are held. What is edited before the server has seen such a token counts as
   * theirs, so a page makes a client of its own for each person who signs in.
   */
  readonly getToken: GetToken
  /** The WebSocket class where the platform has none, as Node 20: that of the package `ws`, for one. */
  readonly WebSocket?: SocketClass
  /** What sends requests instead of the platform's own `fetch`. */
  readonly fetch?: typeof fetch
  /** This replica's name: 8 to 32 of A-Z a-z 0-9 _ -. Random when absent; never reuse one. */
  readonly clientId?: string
  /** Hears what the application's own listeners throw. Without it, it is an uncaught exception like any other. */
  readonly onError?: (thrown: unknown) => void
  /**
   * What the client has besides queries and edits: `conflicts()`, `notifications()`, `presence()`, `history()` and
   * `text()`, each of `@tidemark/client/` and its own name. What is not named here is not in the bundle, and throws
   * where it is used.
   *
   * @example parts: [conflicts(), history()]
   */
  readonly parts?: readonly Part[]
  /**
   * What keeps edits and rows on this device: `indexedDb()` of `@tidemark/client/indexeddb`. Without it a reload
   * forgets what was not sent.
   *
   * @example persist: indexedDb()
   */
  readonly persist?: Persist
  /**
   * What shares the connection with the other pages of this browser: `tabs()` of `@tidemark/client/tabs`. Without it
   * each page has one of its own. Needs `persist`.
   *
   * @example share: tabs()
   */
  readonly share?: Share
  /**
   * Writes down what the client does, for developers: `devtools()` of `@tidemark/client/devtools`. Without it there is
   * nothing of it in the bundle.
   *
   * @example trace: devtools()
   */
  readonly trace?: Trace
}
