import type { ConflictsSnapshot, LiveConflicts } from '../../../client/src/api/conflicts.ts'
import type { Observable } from '../../../client/src/api/observable.ts'
import type { Peer } from '../../../client/src/api/presence.ts'
import type { Client } from '../../../client/src/api/types.ts'
import { Random } from '../../../dev/harness/random.ts'
import type { App } from '../../fixtures/board/sync.ts'

/** Where people are, if they are anywhere. */
const HALL = 'hall'

/** How often, of 1, somebody follows what lost unseen. */
const FOLLOWS_INBOX = 0.5

/** The people and the lost values that somebody looks at, besides queries. */
export class Following {
  readonly #inbox: LiveConflicts | undefined
  readonly #hall: Observable<readonly Peer[]> | undefined

  /**
   * @param name the client's, by which it is drawn, apart from all else: so every seed keeps what its people do
   * @param present how often, of 1, somebody is in the hall
   */
  constructor(db: Client<App>, name: string, present: number) {
    const random = new Random([...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7))
    if (random.chance(FOLLOWS_INBOX)) {
      this.#inbox = db.conflicts.open()
      this.#inbox.subscribe(() => {})
    }
    if (random.chance(present)) {
      db.presence.enter(HALL)
      this.#hall = db.presence.of(HALL)
      this.#hall.subscribe(() => {})
    }
  }

  /** What lost unseen, as the person is shown it; undefined for who does not look. */
  get inbox(): ConflictsSnapshot | undefined {
    return this.#inbox?.getSnapshot()
  }

  /** Is the person in the hall, and looks who else is? */
  get isPresent(): boolean {
    return this.#hall !== undefined
  }

  /** The subjects of those who are shown to be there, in no order. */
  get company(): string[] {
    return this.#hall?.getSnapshot().map(({ subject }) => subject) ?? []
  }
}
