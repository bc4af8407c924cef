import type { Client, ConnectionSnapshot, QuerySnapshot } from '../../../client/src/api/types.ts'
import type { Random } from '../../../dev/harness/random.ts'
import type { App } from '../../fixtures/board/sync.ts'
import type { Asked } from '../campaign/shapes.ts'
import { same } from '../judge/history.ts'
import type { Judge } from '../judge/judge.ts'

/** What a listener of the application throws. */
class Thrown extends Error {}

/**
 * The application's listeners on one page. Behind each that throws there is another one, which has to hear what
 * there is in the end; and what is thrown has to be reported, once.
 */
export class Listening {
  readonly #db: Client<App>
  readonly #random: Random
  readonly #rate: number
  #thrown = 0
  #reported = 0
  #connection: ConnectionSnapshot | undefined
  readonly #heard = new Map<Asked, QuerySnapshot<object>>()

  /** @param rate how often a listener throws, of 1; there is none that could when it is 0 */
  constructor(db: Client<App>, random: Random, rate: number) {
    this.#db = db
    this.#random = random
    this.#rate = rate
    if (rate > 0) {
      db.connection.subscribe(this.#fail)
      db.onError(this.#fail)
      db.onInvalidate('assignees_*', this.#fail)
    }
    db.connection.subscribe((snapshot) => {
      this.#connection = snapshot
    })
  }

  /** Listens to a query. Returns how to stop. */
  hear(query: Asked): () => void {
    const live = query.of(this.#db)
    const stops = [
      ...(this.#rate > 0 ? [live.subscribe(this.#fail)] : []),
      live.subscribe((snapshot) => void this.#heard.set(query, snapshot)),
    ]
    return () => {
      for (const stop of stops) stop()
      this.#heard.delete(query)
    }
  }

  /** Takes what nobody has caught. */
  report(thrown: unknown): void {
    if (!(thrown instanceof Thrown)) throw thrown
    this.#reported++
  }

  /** At the end everybody has heard what there is. */
  finished(asked: Iterable<Asked>, judge: Judge): void {
    if (this.#thrown === 0) return
    const counts = `${this.#thrown} exceptions, of which ${this.#reported} were reported`
    judge.check('LSN', this.#thrown === this.#reported, () => counts)
    const now = this.#db.connection.getSnapshot()
    const hasHeard = this.#connection === undefined || same(this.#connection, now)
    judge.check('LSN', hasHeard, () => `heard ${JSON.stringify(this.#connection)} of ${JSON.stringify(now)}`)
    for (const query of asked) {
      const heard = this.#heard.get(query)
      const { rows, status } = query.of(this.#db).getSnapshot()
      const holds = heard === undefined || (same(heard.rows, rows) && heard.status === status)
      const told = () => `heard ${JSON.stringify(heard)} of ${JSON.stringify({ rows, status })}`
      judge.check('LSN', holds, told)
    }
  }

  readonly #fail = (): unknown => {
    if (!this.#random.chance(this.#rate)) return undefined
    this.#thrown++
    const thrown = new Thrown('a listener of the application throws')
    if (this.#random.chance(0.5)) return Promise.reject(thrown)
    throw thrown
  }
}
