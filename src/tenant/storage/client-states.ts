import type { ClientState } from '../../core/edits/admit.ts'
import type { Sql } from '../../platform/platform.ts'
import type { Database } from './database.ts'
import { LruCache } from './lru-cache.ts'

/** Characters of states that are held in memory: those of some hundred clients. */
const HELD_CHARACTERS = 500_000

/** The table `mark`: what is remembered of each client for exactly-once. Those used last are held in memory. */
export class ClientStates {
  readonly #sql: Sql
  readonly #write: Sql
  readonly #cache = new LruCache<ClientState>(HELD_CHARACTERS)

  constructor(database: Database) {
    this.#sql = database.sql
    this.#write = database.writer(this)
  }

  all(): ClientState[] {
    return this.#sql
      .exec<{ mark: string }>('SELECT mark FROM mark')
      .toArray()
      .map(({ mark: state }) => JSON.parse(state))
  }

  get(client: string): ClientState | undefined {
    const held = this.#cache.get(client)
    if (held) return held
    const [found] = this.#sql
      .exec<{ mark: string }>('SELECT mark FROM mark WHERE client = ?', client)
      .toArray()
    if (!found) return undefined
    const state: ClientState = JSON.parse(found.mark)
    this.#cache.put(client, state, found.mark.length)
    return state
  }

  put(state: ClientState): void {
    const text = JSON.stringify(state)
    this.#write.exec('INSERT OR REPLACE INTO mark (client, mark) VALUES (?, ?)', state.client, text)
    this.#cache.put(state.client, state, text.length)
  }

  clear(): void {
    this.#write.exec('DELETE FROM mark')
    this.forget()
  }

  forget(): void {
    this.#cache.clear()
  }
}
