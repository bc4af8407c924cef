import {
  carriesEdits,
  isComplete,
  isConfirmed,
  type Legal,
  type LifecycleEvent,
  type LifecycleState,
  legalIn,
  transition,
} from './lifecycle-state.ts'

/** The one place that knows where the object stands in its life. Rooms ask it, and tell it what has happened. */
export class Lifecycle {
  #state: LifecycleState

  constructor(state: LifecycleState) {
    this.#state = state
  }

  get state(): LifecycleState {
    return this.#state
  }

  get legal(): Legal {
    return legalIn(this.#state)
  }

  /** All data is here, and every edit of earlier logs was taken. */
  get isComplete(): boolean {
    return isComplete(this.#state)
  }

  /** Postgres has said, since the object woke, that its ledger fits this log. */
  get isConfirmed(): boolean {
    return isConfirmed(this.#state)
  }

  /** Edits of earlier logs wait to be taken into this one. */
  get carries(): boolean {
    return carriesEdits(this.#state)
  }

  get isFenced(): boolean {
    return this.#state.is === 'fenced' || (this.#state.is === 'closing' && this.#state.within.is === 'fenced')
  }

  /** To be told once what has happened is stored, not before. */
  happened(event: LifecycleEvent): void {
    this.#state = transition(this.#state, event)
  }
}
