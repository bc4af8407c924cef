import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import type { Rows, Sql, SqlValue, Storage } from '../../../src/platform/platform.ts'
import { Cursor } from './cursor.ts'
import { type StatementText, statementsOf } from './sql-text.ts'

/** A text's statements, and those prepared of the last that nobody reads at the moment. */
type Prepared = {
  readonly before: readonly StatementText[]
  readonly last: StatementText
  readonly idle: StatementSync[]
}

/**
 * An object's storage that can lose what was written last. All that one event writes becomes durable together
 * at its end, as on the platform, where nothing that is sent meanwhile leaves before.
 */
export class SimulatedStorage implements Storage {
  readonly sql: Sql = {
    exec: <Row extends Record<string, SqlValue>>(text: string, ...values: SqlValue[]) =>
      this.#exec<Row>(text, values),
  }
  readonly #database = new DatabaseSync(':memory:', { enableDoubleQuotedStringLiterals: true })
  readonly #prepared = new Map<string, Prepared>()
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
    if (!Number.isFinite(at)) throw new TypeError(`${at} is no time`)
    this.#alarm = Math.trunc(at)
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
    const prepared = this.#prepared.get(text) ?? prepare(text)
    this.#prepared.set(text, prepared)
    const { before, last, idle } = prepared
    for (const statement of before) {
      this.#writing(statement)
      this.#database.exec(statement.text)
    }
    if (values.length !== last.parameters)
      throw new Error('Wrong number of parameter bindings for SQL query.')
    const isRead = !this.#writing(last)
    const statement = idle.pop() ?? this.#database.prepare(last.text)
    statement.setReadBigInts(true)
    const inputs = values.map(toInput)
    if (isRead) return new Cursor(read<Row>(statement, inputs, idle))
    const rows = statement.all(...inputs)
    idle.push(statement)
    return new Cursor(rows.map((row) => toRow<Row>(row)).values())
  }

  /** Whether a statement writes; what it writes is then part of what is under way. */
  #writing({ text }: StatementText): boolean {
    if (/^\s*SELECT/i.test(text)) return false
    this.#begin()
    this.written++
    return true
  }
}

function prepare(text: string): Prepared {
  const statements = statementsOf(text)
  const [last] = statements.slice(-1)
  const before = statements.slice(0, -1)
  if (!last || before.some(({ parameters }) => parameters > 0))
    throw new Error(
      'When executing multiple SQL statements in a single call, only the last can have parameters.',
    )
  return { before, last, idle: [] }
}

function* read<Row extends Record<string, SqlValue>>(
  statement: StatementSync,
  inputs: readonly SQLInputValue[],
  idle: StatementSync[],
): Generator<Row, void> {
  for (const row of statement.iterate(...inputs)) yield toRow<Row>(row)
  idle.push(statement)
}

function toInput(value: SqlValue): SQLInputValue {
  // Node reads a text up to its first NUL, and the platform all of it.
  if (typeof value === 'string' && value.includes('\0')) throw new Error('no NUL in simulated storage')
  if (!(value instanceof ArrayBuffer)) return value
  // Node takes no bytes at no place for null.
  return value.byteLength > 0 ? new Uint8Array(value) : new Uint8Array(new ArrayBuffer(1), 0, 0)
}

/** As the platform has them: numbers as near as they come, and bytes as a buffer. */
function toRow<Row extends Record<string, SqlValue>>(row: Record<string, SQLOutputValue>): Row {
  const values = Object.entries(row).map(([column, value]): [string, SqlValue] => {
    if (typeof value === 'bigint') return [column, Number(value)]
    return [column, value instanceof Uint8Array ? new Uint8Array(value).buffer : value]
  })
  // The statement says what its rows are; whoever wrote it says so in `Row`.
  return Object.fromEntries(values) as Row
}
