import type { Verdict } from '../../src/protocol/down.ts'
import type { TenantDatabase } from './database.ts'
import type { History } from './history.ts'
import { Holdings, Mirror } from './mirror.ts'
import type { Person } from './person.ts'

type Mark = { readonly n: number; readonly refusals: readonly { readonly n: number }[] }

/** Watches one client: what it is told, in what order, and what becomes of its edits. */
export class ClientChecker {
  readonly #person: Person
  readonly #history: () => History
  readonly #failed: (what: string) => void
  readonly #otherTenants: readonly string[]
  readonly #verdicts = new Map<string, Verdict>()
  readonly #held = new Holdings()
  /** What the client is called now, and was called before. */
  #name = ''
  readonly #names = new Set<string>()
  #mirror: Mirror
  #cursor = { epoch: '', seq: 0 }

  constructor(
    person: Person,
    history: () => History,
    failed: (what: string) => void,
    tenants: readonly string[],
  ) {
    this.#person = person
    this.#history = history
    this.#failed = failed
    this.#otherTenants = tenants.filter((name) => name !== person.tenant)
    this.#mirror = new Mirror(history, this.#held, failed)
  }

  /** A new link: what it tells begins with a welcome. */
  connected(): void {
    this.#mirror = new Mirror(this.#history, this.#held, this.#failed)
  }

  said(text: string): void {
    const [, client] = /^\["hello",.*"client":"([^"]+)"/.exec(text) ?? []
    // A client whose edits were lost begins anew under another name.
    if (client !== undefined) this.#name = client
    this.#names.add(this.#name)
    const frame = this.#mirror.said(text)
    if (frame?.[0] === 'subscribe' && frame[1].resume) this.#resumed(frame[1].resume)
  }

  /** What is said is not what is heard from now on, so what comes over this link is no longer followed. */
  disturbed(): void {
    this.#mirror.disturbed()
  }

  heard(text: string): void {
    for (const tenant of this.#otherTenants) {
      if (text.includes(`"${tenant}:`)) this.#failed(`was told something of ${tenant}: ${text}`)
    }
    const frame = this.#mirror.heard(text)
    if (frame?.[0] === 'receipt') for (const verdict of frame[1]) this.#judged(verdict)
  }

  /** At the end every edit has its outcome, and it is the one that Postgres has. */
  finished({ marks, wasRestored }: Pick<TenantDatabase, 'marks' | 'wasRestored'>): void {
    const own = [...this.#names].flatMap((name) => marks.get(name) ?? [])
    for (const { edit, accepted, committed } of this.#person.edits) {
      const { n } = edit
      if (!accepted || !committed) this.#failed(`edit ${n} has no outcome`)
      if (n === undefined || !committed?.ok) continue
      const isRefused = ({ refusals }: Mark) => !wasRestored && refusals.some((refusal) => refusal.n === n)
      const isThere = own.some((mark) => mark.n >= n && !isRefused(mark))
      if (!isThere) this.#failed(`edit ${n} is committed, Postgres knows of none`)
    }
  }

  /** Where the client goes on from never falls back in a log. */
  #resumed({ epoch, seq }: { readonly epoch: string; readonly seq: number }): void {
    if (epoch === this.#cursor.epoch && seq < this.#cursor.seq)
      this.#failed(`the cursor fell from ${this.#cursor.seq} to ${seq}`)
    this.#cursor = { epoch, seq }
  }

  #judged(verdict: Verdict): void {
    const epoch = this.#mirror.epoch ?? ''
    const history = this.#history()
    if (epoch !== history.epoch) return
    const name = `${epoch}/${this.#name}/${verdict.n}`
    const before = this.#verdicts.get(name)
    if (verdict.is === 'accepted') {
      const seq = history.placeOf(this.#name, verdict.n)
      if (seq !== verdict.seq)
        this.#failed(`edit ${verdict.n} is accepted at ${verdict.seq}, the log has it at ${seq}`)
      if (before?.is === 'accepted' && before.seq !== verdict.seq)
        this.#failed(`edit ${verdict.n} was accepted at ${before.seq} and at ${verdict.seq}`)
    }
    if (verdict.is === 'rejected' && !verdict.error.retryable && before?.is === 'accepted') {
      if (verdict.error.code !== 'already-settled')
        this.#failed(`edit ${verdict.n} was accepted and is refused: ${verdict.error.code}`)
    }
    if (before?.is !== 'reverted') this.#verdicts.set(name, verdict)
  }
}
