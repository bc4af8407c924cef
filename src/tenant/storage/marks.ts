import type { ClientMark } from '../../core/edits/admit.ts'
import type { Sql } from '../../platform/platform.ts'
import type { Database } from './database.ts'
import { Recent } from './recent.ts'

/** Characters of marks that are held in memory: those of some hundred clients. */
const HELD_CHARACTERS = 500_000

/** The table `mark`: what is remembered of each client for exactly-once. Those used last are held in memory. */
export class Marks {
  readonly #sql: Sql
  readonly #write: Sql
  readonly #recent = new Recent<ClientMark>(HELD_CHARACTERS)

  constructor(database: Database) {
    this.#sql = database.sql
    this.#write = database.writer(this)
  }

  all(): ClientMark[] {
    return this.#sql
      .exec<{ mark: string }>('SELECT mark FROM mark')
      .toArray()
      .map(({ mark }) => JSON.parse(mark))
  }

  get(client: string): ClientMark | undefined {
    const held = this.#recent.get(client)
    if (held) return held
    const [found] = this.#sql
      .exec<{ mark: string }>('SELECT mark FROM mark WHERE client = ?', client)
      .toArray()
    if (!found) return undefined
    const mark: ClientMark = JSON.parse(found.mark)
    this.#recent.put(client, mark, found.mark.length)
    return mark
  }

  put(mark: ClientMark): void {
    const text = JSON.stringify(mark)
    this.#write.exec('INSERT OR REPLACE INTO mark (client, mark) VALUES (?, ?)', mark.client, text)
    this.#recent.put(mark.client, mark, text.length)
  }

  clear(): void {
    this.#write.exec('DELETE FROM mark')
    this.forget()
  }

  forget(): void {
    this.#recent.clear()
  }
}
