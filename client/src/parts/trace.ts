import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import type { Priority } from '../../../src/protocol/up/priority.ts'
import type { EditHandle } from '../api/edit-handle.ts'
import type { ClientCore, GetToken } from '../api/types.ts'
import type { Environment } from '../environment/environment.ts'
import type { AskedQuery } from '../queries/shared-query.ts'
import type { PendingEdit } from '../queue/pending-edit.ts'
import type { Part } from './part.ts'

/** The means that a client is made of. */
export type Means<Options, Module> = {
  readonly environment: Environment
  readonly options: Options
  /** Gives the code that is needed once the client has been let in. */
  readonly load: () => Module | Promise<Module>
}

/** Those of a client's options that its trace takes part in. */
export type TracedOptions = {
  readonly tenant: string
  readonly getToken: GetToken
  readonly clientId?: string
  readonly parts?: readonly Part[]
  readonly persist?: object
}

/** The members of a client that its trace takes part in. */
export type TracedMembers = Pick<
  ClientCore<never>,
  'connection' | 'onError' | 'onInvalidate' | 'preloads' | 'texts' | 'close'
>

/**
 * Stands between a client and what it takes from outside, and hears what it does. It is given to `createClient` as
 * `trace`; a client without one has nothing of it.
 */
export type Trace = {
  /** A client begins: the means that it is to take in place of these. */
  readonly begin: <Options extends TracedOptions, Module>(
    means: Means<Options, Module>,
  ) => Means<Options, Module>
  /** The client is made: the members that the application is to have in place of these. */
  readonly made: (members: TracedMembers) => TracedMembers
  /** A query is asked: the one that whoever asks is to have. */
  readonly asked: (asked: AskedQuery, query: WireQuery, priority: Priority) => AskedQuery
  /** An edit is new, or its progress changed. */
  readonly edit: (entry: PendingEdit) => void
  /** The application has tried to make an edit. */
  readonly tried: (handle: EditHandle) => void
}
