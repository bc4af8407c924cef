import type { Manifest } from '../../../src/protocol/manifest.ts'
import type { Environment } from '../environment/environment.ts'

/** The client, as what shares its connection with other pages takes it. */
export type SharePort = {
  readonly environment: Environment
  /** Where the client connects, and the tenant as the application names it. */
  readonly address: string
  readonly tenant: string
  /** Is the client kept on disk? */
  readonly keeps: boolean
  /** The manifest that the client holds. */
  readonly manifest: () => Manifest | undefined
}

/** News among the pages of one person: the store has more, or the person is gone. */
export type ShareNews = 'stored' | 'signed-out'

/** The ears of the disk for the other pages. */
export type ShareEars = {
  /** This page leads the others from now on, or another one leads it. */
  readonly role: (leads: boolean) => void
  readonly told: (news: ShareNews) => void
  /** A page has gone, and may have left what it had stored to the others. */
  readonly gone: () => void
}

/** The other pages of the browser, as a client takes them. */
export type Sharing = {
  /** The client's environment, whose sockets lead to the server on one page and to that page on all others. */
  readonly environment: Environment
  /** Joins the pages of a person, in place of those of anybody else. Resolves with whether this page leads them. */
  readonly enter: (owner: string, ears: ShareEars) => Promise<boolean>
  /** Works alone from now on. */
  readonly leave: () => void
  /** Tells the other pages of the person. */
  readonly tell: (news: ShareNews) => void
}

/** Shares a client's connection with the other pages of its browser. What does is given to `createClient` as `share`. */
export type Share = {
  /** Throws where the application names no disk. Gives undefined where pages cannot hear of each other: then each works alone. */
  readonly join: (port: SharePort) => Sharing | undefined
}
