import type { Client } from '../../../client/src/index.ts'
import { until } from '../../../dev/harness/until.ts'
import type { App } from '../../fixtures/board/sync.ts'

/** Milliseconds between two requests to connect again at once. */
const IMPATIENCE_MS = 100

/** Milliseconds between two looks at what is still open. */
const PAUSE_MS = 20

/** One client that edits as fast as it gets answers: a record of its own and one counter for all. */
export class Loader {
  /** Ids of the assignees whose edits were acknowledged. */
  readonly acked: string[] = []
  /** How many of them are known to be in Postgres, and how many Postgres refused. */
  stored = 0
  refused = 0
  readonly #db: Client<App>
  readonly #name: string
  readonly #card: string
  readonly #waiting = new Set<{ count: number; resolve: () => void }>()
  #stopListening: () => void = () => undefined
  #made = 0
  /** Edits without a final outcome. */
  #open = 0
  #loops: Promise<void>[] = []
  #isStopped = false
  readonly #impatience: NodeJS.Timeout

  constructor(db: Client<App>, name: string, card: string) {
    this.#db = db
    // The client's own pauses grow with every loss; a measurement does not wait them out.
    this.#impatience = setInterval(() => db.connection.retry(), IMPATIENCE_MS)
    this.#name = name
    this.#card = card
  }

  /** Makes the card whose counter everybody moves. Throws if the server refuses it. */
  async prepare(): Promise<void> {
    await until('the client is live', () => this.#db.connection.getSnapshot().state === 'live')
    const { accepted } = this.#db.transaction((tx) => {
      tx.assignees.insert({ id: 'crash-assignee', name: 'Crash' })
      tx.cards.insert({ id: this.#card, number: 'CRASH', assigneeId: 'crash-assignee', targetPoints: 0 })
    })
    const result = await accepted
    if (!result.ok) throw new Error(`the card was refused: ${result.error.message}`)
  }

  /** Begins to edit, with so many edits under way at a time. */
  async start(unanswered: number): Promise<void> {
    const held = Promise.withResolvers<void>()
    this.#stopListening = this.#db.cards.all().subscribe(() => {
      if (this.#db.cards.get(this.#card)) held.resolve()
    })
    await held.promise
    this.#loops = Array.from({ length: unanswered }, () => this.#loop())
  }

  /** Resolves after so many further acknowledgements; rejects when they do not come in time. */
  async untilAccepted(count: number, withinMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter = { count, resolve }
    this.#waiting.add(waiter)
    const late = () => reject(new Error(`${this.#name} had no edits accepted for ${withinMs / 1_000} s`))
    const timer = setTimeout(late, withinMs)
    await promise.finally(() => {
      clearTimeout(timer)
      this.#waiting.delete(waiter)
    })
  }

  /** Stops editing and waits for Postgres. Returns how many edits have no final outcome in time. */
  async finish(withinMs: number): Promise<number> {
    this.#isStopped = true
    const deadline = Date.now() + withinMs
    while (this.#open > 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    if (this.#open === 0) await Promise.all(this.#loops)
    return this.#open
  }

  close(): void {
    this.#isStopped = true
    clearInterval(this.#impatience)
    this.#stopListening()
    this.#db.close()
  }

  async #loop(): Promise<void> {
    while (!this.#isStopped) {
      this.#made += 1
      const id = `${this.#name}:${this.#made}`
      const { accepted, committed } = this.#db.transaction((tx) => {
        tx.assignees.insert({ id, name: id })
        tx.cards.update(this.#card, (card) => {
          card.reactions += 1
        })
      })
      this.#open += 1
      const stored = committed.then(({ ok }) => {
        this.#open -= 1
        return ok
      })
      const result = await accepted
      if (this.#isStopped && !result.ok) return
      if (!result.ok) throw new Error(`${this.#name}: an edit was refused: ${result.error.message}`)
      this.acked.push(id)
      void stored.then((isStored) => this.#count(isStored))
      for (const waiter of this.#waiting) {
        waiter.count -= 1
        if (waiter.count <= 0) waiter.resolve()
      }
    }
  }

  #count(isStored: boolean): void {
    if (isStored) this.stored += 1
    else this.refused += 1
  }
}
