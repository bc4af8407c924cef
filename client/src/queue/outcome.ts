import type { WireError } from '../../../src/protocol/errors.ts'
import type { EditResult, SaveResult } from '../api/edit-handle.ts'

type Settle<Result> = (result: Result) => void

/** The promises of an edit. Settling one again changes nothing. */
export class Outcome {
  #save: Settle<SaveResult> = () => {}
  #accept: Settle<EditResult> = () => {}
  #commit: Settle<EditResult> = () => {}

  readonly #saved = new Promise<SaveResult>((settle) => {
    this.#save = settle
  })

  readonly #accepted = new Promise<EditResult>((settle) => {
    this.#accept = settle
  })

  readonly #committed = new Promise<EditResult>((settle) => {
    this.#commit = settle
  })

  get saved(): Promise<SaveResult> {
    return this.#saved
  }

  get accepted(): Promise<EditResult> {
    return this.#accepted
  }

  get committed(): Promise<EditResult> {
    return this.#committed
  }

  /** @param error why it is not on disk; absent when it is */
  save(error?: WireError): void {
    this.#save(error ? { ok: false, error } : { ok: true })
  }

  accept(seq: number): void {
    this.#accept({ ok: true, seq })
  }

  commit(seq: number): void {
    this.accept(seq)
    this.#commit({ ok: true, seq })
  }

  fail(error: WireError): void {
    this.save(error)
    this.#accept({ ok: false, error })
    this.#commit({ ok: false, error })
  }
}
