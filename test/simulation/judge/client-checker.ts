import type { Verdict } from '../../../src/protocol/down/receipt.ts'
import type { Edit } from '../../../src/protocol/edit.ts'
import { MAX_VECTOR_ENTRIES } from '../../../src/protocol/limits.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import type { Person } from '../people/person.ts'
import { Holdings, Mirror } from '../postgres-model/mirror.ts'
import type { History } from './history.ts'
import type { Judge } from './judge.ts'
import { ToldTags } from './told-tags.ts'

export type Mark = { readonly n: number; readonly refusals: readonly { readonly n: number }[] }

/** Hears all that one client says and is told. */
export type ClientWatcher = {
  /** A new link: what it tells begins with a welcome. */
  connected(version: number): void
  said(text: string): void
  heard(text: string): void
  /** One side hears something else from now on than the other says. */
  disturbed(): void
  /** The log that the client was told of. */
  readonly epoch: string | undefined
  /** How far the client's edits were sent over the present link. */
  readonly sentUpTo: number
  /** The seq of one of the client's edits. */
  placeOf(n: number): number | undefined
  /** At the end: what Postgres holds. */
  finished(inPostgres: InPostgres): void
}

/** What Postgres holds of a tenant. */
export type InPostgres = {
  readonly tables: { rows(collection: string): ReadonlyMap<string, Row> }
  readonly marks: ReadonlyMap<string, Mark>
  /** How often it was put back to an earlier state: what was committed may have been refused since. */
  readonly restores: number
}

/** What a client is held against. */
export type Watched = {
  readonly history: () => History
  /** The client sends an edit. */
  readonly pushed: (client: string, edit: Edit) => void
  /** Names of all tenants. */
  readonly tenants: readonly string[]
  /** What earlier pages of the same browser were told, where the client goes on from it. */
  readonly held?: Holdings | undefined
  readonly judge: Judge
}

/** Watches one client: what it is told, in what order, and what becomes of its edits. */
export class ClientChecker implements ClientWatcher {
  readonly #person: Person
  readonly #history: () => History
  readonly #pushed: (client: string, edit: Edit) => void
  readonly #judge: Judge
  readonly #otherTenants: readonly string[]
  readonly #verdicts = new Map<string, Verdict>()
  readonly #held: Holdings
  readonly #tags = new ToldTags()
  /** What the client is called now, and was called before. */
  #name = ''
  readonly #names = new Set<string>()
  #mirror: Mirror
  /** Where it went on from last, under each name. */
  readonly #cursors = new Map<string, { readonly epoch: string; readonly seq: number }>()

  constructor(person: Person, { history, pushed, tenants, held, judge }: Watched) {
    this.#person = person
    this.#history = history
    this.#pushed = pushed
    this.#judge = judge
    this.#held = held ?? new Holdings()
    this.#otherTenants = tenants.filter((name) => name !== person.tenant)
    this.#mirror = new Mirror(history, this.#held, judge, PROTOCOL_VERSION)
  }

  /** The log that the client was told of. */
  get epoch(): string | undefined {
    return this.#mirror.epoch
  }

  /** The seq of one of the client's edits. */
  placeOf(n: number): number | undefined {
    return this.#history().placeOf(this.#name, n)
  }

  /** How far the client's edits were sent over the present link. */
  sentUpTo = 0

  /** A new link: what it tells begins with a welcome. */
  connected(version: number): void {
    this.sentUpTo = 0
    this.#mirror = new Mirror(this.#history, this.#held, this.#judge, version)
  }

  said(text: string): void {
    const [, client] = /^\["hello",.*"client":"([^"]+)"/.exec(text) ?? []
    // A client whose edits were lost begins anew under another name.
    if (client !== undefined) this.#name = client
    this.#names.add(this.#name)
    const frame = this.#mirror.said(text)
    for (const edit of frame?.[0] === 'push' ? frame[2] : []) {
      const { n, context } = edit
      this.#pushed(this.#name, edit)
      this.sentUpTo = Math.max(this.sentUpTo, n)
      const entries = Object.keys(context.seen ?? {}).length
      this.#judge.check('G11', entries <= MAX_VECTOR_ENTRIES, () => `edit ${n} names ${entries} actors`)
    }
    if (frame?.[0] === 'subscribe' && frame[1].resume) this.#resumed(frame[1].resume)
  }

  /** What is said is not what is heard from now on, so what comes over this link is no longer followed. */
  disturbed(): void {
    this.#mirror.disturbed()
  }

  heard(text: string): void {
    const tenant = this.#otherTenants.find((name) => text.includes(`"${name}:`))
    this.#judge.check('G12', tenant === undefined, () => `was told something of ${tenant}: ${text}`)
    const frame = this.#mirror.heard(text)
    if (frame?.[0] === 'invalidate') this.#tags.told(frame[1])
    if (frame?.[0] === 'receipt') for (const verdict of frame[1]) this.#judged(verdict)
  }

  /** At the end every edit has its outcome, and it is the one that Postgres has. */
  finished({ marks, restores }: InPostgres): void {
    this.#tags.finished(this.#history(), this.#judge)
    const own = [...this.#names].flatMap((name) => marks.get(name) ?? [])
    for (const { edit, namesNone, accepted, committed } of this.#person.edits) {
      const { n } = edit
      if (namesNone)
        this.#judge.check('IDS', committed?.ok === false, () => `edit ${n} names what cannot be an id`)
      const hasOutcome = accepted !== undefined && committed !== undefined
      this.#judge.check('G3', hasOutcome, () => `edit ${n} has no outcome`)
      if (n === undefined || !committed?.ok) continue
      const isRefused = ({ refusals }: Mark) => restores === 0 && refusals.some((refusal) => refusal.n === n)
      const isThere = own.some((mark) => mark.n >= n && !isRefused(mark))
      this.#judge.check('G2', isThere, () => `edit ${n} is committed, Postgres has ${JSON.stringify(own)}`)
    }
  }

  /** Where the client goes on from never falls back in a log. */
  #resumed({ epoch, seq }: { readonly epoch: string; readonly seq: number }): void {
    const before = this.#cursors.get(this.#name)
    const isBack = epoch === before?.epoch && seq < before.seq
    this.#judge.check('G7', !isBack, () => `the cursor fell from ${before?.seq} to ${seq}`)
    this.#cursors.set(this.#name, { epoch, seq })
  }

  #judged(verdict: Verdict): void {
    const epoch = this.#mirror.epoch ?? ''
    const history = this.#history()
    if (epoch !== history.epoch) return
    const name = `${epoch}/${this.#name}/${verdict.n}`
    const before = this.#verdicts.get(name)
    if (verdict.is === 'accepted') {
      const seq = history.placeOf(this.#name, verdict.n)
      const told = () => `edit ${verdict.n} is accepted at ${verdict.seq}, the log has it at ${seq}`
      this.#judge.check('G1', seq === verdict.seq, told)
      const isStable = before?.is !== 'accepted' || before.seq === verdict.seq
      this.#judge.check('G4', isStable, () => `edit ${verdict.n} was accepted at two places`)
    }
    // What may be tried again may have been, and taken, before this was heard.
    if (verdict.is === 'rejected' && !verdict.error.retryable && verdict.error.code !== 'already-settled') {
      const { code } = verdict.error
      const isThere = history.placeOf(this.#name, verdict.n) !== undefined
      this.#judge.check('G18', !isThere, () => `edit ${verdict.n} is refused, ${code}, and in the log`)
    }
    if (before?.is !== 'reverted') this.#verdicts.set(name, verdict)
  }
}
