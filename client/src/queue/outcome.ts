import type { WireError } from '../../../src/protocol/errors.ts'
import type { EditResult } from '../api/types.ts'

/** The two promises of an edit. Settling one again changes nothing. */
export class Outcome {
  readonly #accepted = Promise.withResolvers<EditResult>()
  readonly #committed = Promise.withResolvers<EditResult>()

  get accepted(): Promise<EditResult> {
    return this.#accepted.promise
  }

  get committed(): Promise<EditResult> {
    return this.#committed.promise
  }

  accept(seq: number): void {
    this.#accepted.resolve({ ok: true, seq })
  }

  commit(seq: number): void {
    this.accept(seq)
    this.#committed.resolve({ ok: true, seq })
  }

  fail(error: WireError): void {
    this.#accepted.resolve({ ok: false, error })
    this.#committed.resolve({ ok: false, error })
  }
}
