import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import type { Rows, Sql, SqlValue, Storage } from '../../../src/platform/platform.ts'

/**
 * An object's storage that can lose what was written last. All that one event writes becomes durable together
 * at its end, as on the platform, where nothing that is sent meanwhile leaves before.
 */
export class SimulatedStorage implements Storage {
  readonly sql: Sql = {
    exec: <Row extends Record<string, SqlValue>>(text: string, ...values: SqlValue[]) =>
      this.#exec<Row>(text, values),
  }
  readonly #database = new DatabaseSync(':memory:')
  readonly #statements = new Map<string, StatementSync>()
  #alarm: number | null = null
  #durableAlarm: number | null = null
  #isOpen = false
  #depth = 0
  /** Statements that wrote something since the last `commit`. */
  written = 0

  transactionSync<Result>(work: () => Result): Result {
    this.#begin()
    const name = `t${this.#depth++}`
    const alarm = this.#alarm
    this.#database.exec(`SAVEPOINT ${name}`)
    try {
      const result = work()
      this.#database.exec(`RELEASE ${name}`)
      return result
    } catch (thrown) {
      this.#database.exec(`ROLLBACK TO ${name}; RELEASE ${name}`)
      this.#alarm = alarm
      throw thrown
    } finally {
      this.#depth--
    }
  }

  async getAlarm(): Promise<number | null> {
    return this.#alarm
  }

  async setAlarm(at: number): Promise<void> {
    this.#alarm = at
  }

  async deleteAlarm(): Promise<void> {
    this.#alarm = null
  }

  /** When the object is to be woken, as far as it is durable; in ms since 1970. */
  get alarm(): number | null {
    return this.#durableAlarm
  }

  /** The alarm goes off, so it is set no longer. */
  takeAlarm(): void {
    this.#alarm = this.#durableAlarm = null
  }

  /** What was written is durable. */
  commit(): void {
    if (this.#isOpen) this.#database.exec('COMMIT')
    this.#isOpen = false
    this.#durableAlarm = this.#alarm
    this.written = 0
  }

  /** What was written since the last `commit` is lost. */
  discard(): void {
    if (this.#isOpen) this.#database.exec('ROLLBACK')
    this.#isOpen = false
    this.#alarm = this.#durableAlarm
    this.written = 0
  }

  /** Is there a table of that name? */
  has(table: string): boolean {
    return this.#database.prepare('SELECT 1 FROM sqlite_master WHERE name = ?').get(table) !== undefined
  }

  close(): void {
    this.#database.close()
  }

  #begin(): void {
    if (!this.#isOpen) this.#database.exec('BEGIN')
    this.#isOpen = true
  }

  #exec<Row extends Record<string, SqlValue>>(text: string, values: readonly SqlValue[]): Rows<Row> {
    if (!/^\s*SELECT/i.test(text)) {
      this.#begin()
      this.written++
    }
    if (values.length === 0 && /;\s*\S/.test(text)) {
      this.#database.exec(text)
      return rowsOf([])
    }
    const statement = this.#statements.get(text) ?? this.#database.prepare(text)
    this.#statements.set(text, statement)
    // The statement says what its rows are; whoever wrote it says so in `Row`.
    return rowsOf(statement.all(...values.map(toInput)) as Row[])
  }
}

function toInput(value: SqlValue): SQLInputValue {
  return value instanceof ArrayBuffer ? new Uint8Array(value) : value
}

function rowsOf<Row>(rows: Row[]): Rows<Row> {
  return {
    [Symbol.iterator]: () => rows[Symbol.iterator](),
    toArray: () => rows,
    one() {
      const [only] = rows
      if (only === undefined || rows.length > 1) throw new Error(`${rows.length} rows instead of one`)
      return only
    },
  }
}
