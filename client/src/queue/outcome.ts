import type { WireError } from '../../../src/protocol/errors.ts'
import type { EditResult, SaveResult } from '../api/edit-handle.ts'
import { pendingPromise } from './pending-promise.ts'

/** The promises of an edit. Settling one again changes nothing. */
export class Outcome {
  readonly #saved = pendingPromise<SaveResult>()
  readonly #accepted = pendingPromise<EditResult>()
  readonly #committed = pendingPromise<EditResult>()

  get saved(): Promise<SaveResult> {
    return this.#saved.promise
  }

  get accepted(): Promise<EditResult> {
    return this.#accepted.promise
  }

  get committed(): Promise<EditResult> {
    return this.#committed.promise
  }

  /** @param error why it is not on disk; absent when it is */
  save(error?: WireError): void {
    this.#saved.resolve(error ? { ok: false, error } : { ok: true })
  }

  accept(seq: number): void {
    this.#accepted.resolve({ ok: true, seq })
  }

  commit(seq: number): void {
    this.accept(seq)
    this.#committed.resolve({ ok: true, seq })
  }

  fail(error: WireError): void {
    this.save(error)
    this.#accepted.resolve({ ok: false, error })
    this.#committed.resolve({ ok: false, error })
  }
}
