import type { AppTypes } from '../../client/src/index.ts'

/** Somebody who may sign in: what their token says. */
export type Somebody<Name extends string = string> = {
  readonly person: Name
  readonly role: string
  readonly tenant: string
}

/** An application that a stack can run, and all that a stack has to know of one. */
export type Application<App extends AppTypes = AppTypes, Name extends string = string> = {
  /** What it is called, in capitals: part of the name of an environment variable. */
  readonly name: string
  /** What it declares. A stack takes only its types. */
  readonly app: App
  /** The folder with its modules, `schema.ts` among them, from the root of the repository. */
  readonly folder: string
  /** The `wrangler.toml` that its Worker is deployed with, from the root of the repository. */
  readonly config: string
  /** Who can sign in. */
  readonly people: readonly Somebody<Name>[]
  /** Brings a database to the newest schema, the engine's and its own. */
  migrate(connectionString: string): Promise<void>
  /** Builds what its Worker serves beside its answers, before the Worker is bundled. */
  buildPage?(): Promise<void>
}
