import type { Sql, Storage } from '../../platform/platform.ts'

/** A holder of something of the storage in memory. All that writes a table is one. */
export type Cached = {
  /** A transaction begins: what is small is noted, to go back to. */
  begin?(): void
  /**
   * A transaction came to nothing: what is held goes back to what was noted, or is dropped. Does not read, because
   * a storage that fails may go on failing, and never throws.
   */
  forget(): void
}

/** A result that is there at once. A transaction that waited would be over before its work is. */
export type Sync<Result> = Result extends { then(...args: never[]): unknown } ? never : Result

/**
 * The object's SQLite, as the owners of its tables have it. They read by `sql`. They write by what `writer`
 * gives them, which does it in a transaction only, and for which each of them says how it forgets.
 */
export class Database {
  readonly sql: Sql
  readonly #storage: Storage
  readonly #cached: Cached[] = []
  #isOpen = false
  /** Why a statement of the open transaction failed. Nothing of it can be kept then: what is held may be ahead. */
  #failure: { readonly thrown: unknown } | undefined
  #number = 0
  readonly #write: Sql = {
    exec: (statement, ...values) => {
      if (!this.#isOpen) throw new Error('Write in a transaction: store.transaction((txn) => ...).')
      try {
        return this.sql.exec(statement, ...values)
      } catch (thrown) {
        this.#failure = { thrown }
        throw thrown
      }
    },
  }

  /** @param storage whose schema is up to date */
  constructor(storage: Storage) {
    this.#storage = storage
    this.sql = storage.sql
  }

  /** How an owner of a table writes it. */
  writer(owner: Cached): Sql {
    this.restores(owner)
    return this.#write
  }

  /** For definitions, of indexes. */
  get definer(): Sql {
    return this.#write
  }

  /** From now on it forgets, whenever a transaction comes to nothing. */
  restores(cached: Cached): void {
    this.#cached.push(cached)
  }

  /** The number of the transaction that is open; another one before and after it. */
  get number(): number {
    return this.#number
  }

  /**
   * Runs `work` in one transaction: all of its writes are kept, or none, if it throws or returns a promise, or if
   * one of them failed, also where that was caught. In another one it is refused, and that one is as it was.
   */
  transaction<Result>(work: () => Result): Result {
    if (this.#isOpen) throw new Error('A transaction is open already: hand its txn on, and write with it.')
    this.#isOpen = true
    this.#number += 1
    this.#failure = undefined
    try {
      for (const cached of this.#cached) cached.begin?.()
      return this.#storage.transactionSync(() => {
        const result = refusePromise(work())
        if (this.#failure) throw this.#failure.thrown
        return result
      })
    } catch (thrown) {
      for (const cached of this.#cached) cached.forget()
      throw thrown
    } finally {
      this.#isOpen = false
      this.#number += 1
    }
  }
}

/** Types can be got around: by `any`, or by an async function where one that returns nothing is asked for. */
function refusePromise<Result>(result: Result): Result {
  if (typeof result !== 'object' && typeof result !== 'function') return result
  if (result === null || !('then' in result) || typeof result.then !== 'function') return result
  // It fails here, once: that it fails again when it writes after the end is nobody's news.
  if (result instanceof Promise) result.catch(() => undefined)
  throw new Error('A transaction does not wait: its work returned a promise, so nothing of it was kept.')
}
