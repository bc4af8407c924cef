import { People } from '../queue/people.ts'
import { Replica } from './replica.ts'

/**
 * The classes of what a client holds in memory: whoever uses it with their edits, and the tenant's rows. They come with
 * what keeps them on a disk, which has them before anything is connected, and else with what is loaded later.
 */
export const memory = { People, Replica } as const

export type Memory = typeof memory

export type Held = { readonly people: People; readonly replica: Replica }
