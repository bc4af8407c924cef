import {
  makeRoom,
  type Revocation,
  type RevocationKind,
  RevocationList,
} from '../../core/access/revocation.ts'
import type { Sql } from '../../platform/platform.ts'
import { MAX_REVOCATIONS } from '../../protocol/limits.ts'
import type { Database } from './database.ts'

/** Revocations of a full list that become one. */
const FOLDED_AT_ONCE = 100

/**
 * The table `revoked`: tokens that do not count any more, and which of it Postgres has not been told. It outlives all
 * else that an object forgets, because the tokens do. Held in memory as a whole: every frame asks.
 */
export class RevokedRows {
  readonly #sql: Sql
  readonly #write: Sql
  #list: RevocationList | undefined
  #hasUntold: boolean | undefined

  constructor(database: Database) {
    this.#sql = database.sql
    this.#write = database.writer(this)
  }

  get list(): RevocationList {
    this.#list ??= this.#read()
    return this.#list
  }

  /** Has Postgres not been told of all? The alarm asks with every edit. */
  get hasUntold(): boolean {
    this.#hasUntold ??= this.untold.length > 0
    return this.#hasUntold
  }

  /** Those of which Postgres has not been told. */
  get untold(): Revocation[] {
    return this.#sql.exec<Row>('SELECT kind, name, before, until FROM revoked WHERE told = 0').toArray()
  }

  /**
   * Takes revocations in, and drops those that have no token left.
   *
   * @param now seconds since 1970
   * @param told Postgres has them
   */
  put(revocations: readonly Revocation[], now: number, told: boolean): void {
    const { list } = this
    this.#hasUntold = undefined
    for (const one of [...list]) if (one.until <= now) this.#drop(one)
    for (const revocation of revocations) {
      if (revocation.until <= now) continue
      const known = list.get(revocation)
      const merged = list.add(revocation)
      if (known?.before === merged.before && known.until === merged.until) continue
      this.#put(merged, told)
    }
    const folded = makeRoom(list, MAX_REVOCATIONS, FOLDED_AT_ONCE)
    if (!folded) return
    for (const one of folded.gone) this.#delete(one)
    this.#put(folded.all, false)
  }

  /** Postgres has them, as they are. */
  told(revocations: readonly Revocation[]): void {
    this.#hasUntold = undefined
    for (const { kind, name, before, until } of revocations)
      this.#write.exec(
        'UPDATE revoked SET told = 1 WHERE kind = ? AND name = ? AND before = ? AND until = ?',
        kind,
        name,
        before,
        until,
      )
  }

  clear(): void {
    this.#write.exec('DELETE FROM revoked')
    this.forget()
  }

  forget(): void {
    this.#list = undefined
    this.#hasUntold = undefined
  }

  #read(): RevocationList {
    const list = new RevocationList()
    for (const row of this.#sql.exec<Row>('SELECT kind, name, before, until FROM revoked')) list.add(row)
    return list
  }

  #put({ kind, name, before, until }: Revocation, told: boolean): void {
    this.#write.exec(
      'INSERT OR REPLACE INTO revoked (kind, name, before, until, told) VALUES (?, ?, ?, ?, ?)',
      kind,
      name,
      before,
      until,
      told ? 1 : 0,
    )
  }

  #drop(revocation: Revocation): void {
    this.list.drop(revocation)
    this.#delete(revocation)
  }

  #delete({ kind, name }: Revocation): void {
    this.#write.exec('DELETE FROM revoked WHERE kind = ? AND name = ?', kind, name)
  }
}

type Row = { kind: RevocationKind; name: string; before: number; until: number }
