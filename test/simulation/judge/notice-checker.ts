import { NOTIFICATIONS } from '../../../src/core/app/built-in.ts'
import type { Change, LogEntry } from '../../../src/core/log/log.ts'
import { type History, NO_CLIENTS } from './history.ts'
import type { Judge } from './judge.ts'
import type { SaidEdits } from './said-edits.ts'

/** For whom a prize is, as the board's rules say. */
const TOLD = ['["role","owner"]', '["role","editor"]']

/** Watches what people are told: of each prize that somebody gives, with the edit itself; and of nothing twice. */
export class NoticeChecker {
  readonly #judge: Judge
  readonly #said: SaidEdits

  constructor(said: SaidEdits, judge: Judge) {
    this.#said = said
    this.#judge = judge
  }

  /** Takes an entry that the history has taken. */
  take({ seq, actor, n, changes }: LogEntry, history: History): void {
    const brought = this.#said
      .of(actor, n)
      .flatMap(({ ops }) => ops)
      .filter(({ op }) => op === 'restore')
    for (const change of changes) {
      // Nobody is told anew of what is brought back, comes back because an edit was undone, or was there while columns
      // were loaded.
      const isBack = NO_CLIENTS.includes(actor) || brought.some(({ id }) => id === change.id)
      if (change.collection === 'prizes' && change.kind === 'insert' && !isBack)
        this.#checkTold(change, seq, `${actor}/${n}`, history)
    }
  }

  #checkTold({ id }: Change, seq: number, edit: string, history: History): void {
    const about = history
      .rowsAt(NOTIFICATIONS, seq)
      .filter((row) => row['kind'] === 'prize' && row['record'] === id)
    const missing = TOLD.filter((audience) => !about.some((row) => row['audience1'] === audience))
    this.#judge.check(
      'NTF',
      missing.length === 0,
      () => `${edit} at ${seq} gives ${id}, and ${missing.join()} is not told`,
    )
  }

  /** At the end: nothing is told twice to the same people. */
  finished(history: History): void {
    const rows = history.rowsAt(NOTIFICATIONS, history.head)
    const told = Map.groupBy(rows, ({ event, audience1 }) => `${String(event)} to ${String(audience1)}`)
    for (const [name, alike] of told)
      this.#judge.check('NTF', alike.length === 1, () => `${name} is told ${alike.length} times`)
  }
}
