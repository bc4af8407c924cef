import type { Batch } from '../../../client/src/disk/disk.ts'
import { decodeUp } from '../../../src/protocol/codec/codec.ts'
import { decodeDown } from '../../../src/protocol/codec/decode-down.ts'
import type { Edit } from '../../../src/protocol/edit.ts'
import type { InPostgres } from './client-checker.ts'
import type { History } from './history.ts'
import type { Judge } from './judge.ts'

/** What is hardly ever said twice has a text with a number of its own in it. */
const UNIQUE = /@[^"]*:\d/

/** An edit that a disk has confirmed to a page, as it is numbered now. */
export type Saved = {
  readonly owner: string
  readonly edit: Edit
  /** All that was said in it; equal for what is sent again. */
  readonly words: string
  client: string
  n: number
  /**
   * `owed`: it has to come to an outcome. `over`: it has, and has left the disk. It may count, but need not: `free`, for
   * it was discarded; `lost`, for both its places were.
   */
  is: 'owed' | 'over' | 'free' | 'lost'
  /** Nobody is left who could be told that it was refused: its person has signed out, or the disk knows nothing of it. */
  hasLeft: boolean
}

export type Places = {
  /** False where what an object has accepted may be lost, so that the disk has to have it until it is in Postgres. */
  readonly isSure: boolean
  /** Is an edit in the store, or in the file beside it? */
  readonly has: (saved: Saved) => boolean
  readonly inPostgres: () => InPostgres
  /** Is a refused edit in the list that its person is shown? */
  readonly hasRefused: (saved: Saved) => boolean
}

/** The edits that a browser's disk has confirmed, whichever page made them, and what becomes of them. */
export class SavedEdits {
  readonly #places: Places
  readonly #history: () => History
  readonly #judge: Judge
  readonly #all: Saved[] = []
  /** Of each person's store. */
  readonly #clients = new Map<string, string>()
  /** The words that went up under each number, and the numbers under which they did. */
  readonly #sent = new Map<string, string>()
  readonly #numbers = new Map<string, Set<string>>()
  readonly #refused = new Set<string>()
  /** The list of what was refused, and edits that rows lacked, went with the store. */
  wasEmptied = false
  /** The client that a page has said it is. */
  readonly #names = new WeakMap<object, string>()
  /** The log that the page knew when it came. */
  epoch: string | undefined

  constructor(places: Places, history: () => History, judge: Judge) {
    this.#places = places
    this.#history = history
    this.#judge = judge
  }

  get all(): readonly Saved[] {
    return this.#all
  }

  /** A person's store has this client. */
  found(owner: string, client: string | undefined): void {
    if (client !== undefined) this.#clients.set(owner, client)
  }

  /** A page was told that a batch is on the disk. */
  stored(owner: string, { client, edits }: Batch): void {
    this.found(owner, client?.clientId)
    const clientId = this.#clients.get(owner)
    if (clientId === undefined || !edits) return
    if (edits.add.length === 0) {
      for (const saved of this.#all) {
        const hasLeft = saved.owner === owner && saved.client === clientId && edits.drop.includes(saved.n)
        if (hasLeft && saved.is === 'owed') this.#checkOutcome(saved, 'and has left the disk')
      }
    }
    for (const { edit } of edits.add) {
      const words = wordsOf(edit)
      const same = this.#all.filter((saved) => saved.owner === owner && saved.words === words)
      const isNumberedAnew = (saved: Saved) => saved.client !== clientId || edits.drop.includes(saved.n)
      const known =
        same.find(({ client: whose, n }) => whose === clientId && n === edit.n) ??
        same.find((saved) => isNumberedAnew(saved) && this.#isOpen(saved))
      const now = { client: clientId, n: edit.n, is: 'owed' as const, hasLeft: false }
      if (known) Object.assign(known, now)
      else this.#all.push({ owner, edit, words, ...now })
    }
  }

  /** Something of the disk is gone: what is in neither of its places is lost, if no page has it in memory. */
  struck(what: string): void {
    this.wasEmptied ||= what === 'emptied'
    for (const saved of this.#all) {
      if (saved.is !== 'owed' || this.#places.has(saved)) continue
      if (!this.#places.isSure || this.#isOpen(saved)) saved.is = 'lost'
      else saved.hasLeft = true
    }
  }

  /**
   * A person's disk is about to be deleted, or has just been: something may have come between.
   *
   * @param isAnswered whether they said that their unsent edits may go
   */
  removed(owner: string, isAnswered: boolean): void {
    for (const saved of this.#all) {
      if (saved.owner !== owner || saved.is !== 'owed') continue
      const isTaken = !this.#isOpen(saved) || this.#isInPostgres(saved)
      if (!isAnswered && !saved.hasLeft)
        this.#judge.check('G15', isTaken, () => `signing out deleted edit ${saved.n} and asked nobody`)
      saved.hasLeft = true
      if (!isTaken || !this.#places.isSure) saved.is = 'free'
    }
  }

  said(page: object, text: string, version: number): void {
    if (!text.startsWith('["hello"') && !text.startsWith('["push"')) return
    const decoded = decodeUp(text, version)
    if (!decoded.ok) return
    const { frame } = decoded
    if (frame[0] === 'hello') {
      this.#names.set(page, frame[1].client)
      this.epoch = frame[1].epoch
    }
    const client = this.#names.get(page) ?? ''
    for (const edit of frame[0] === 'push' ? frame[2] : []) {
      const number = `${client}/${edit.n}`
      const words = wordsOf(edit)
      const before = this.#sent.get(number)
      const told = () => `${number} was sent as ${before}, and then as ${words}`
      this.#judge.check(
        'G4',
        before === undefined || before === words || this.#isLost(client, edit.n, before),
        told,
      )
      this.#sent.set(number, words)
      this.#numbers.set(words, (this.#numbers.get(words) ?? new Set()).add(number))
    }
  }

  heard(page: object, text: string, version: number): void {
    if (!text.startsWith('["receipt"') && !text.startsWith('["welcome"')) return
    const decoded = decodeDown(text, version)
    if (!decoded.ok) return
    const { frame } = decoded
    const client = this.#names.get(page) ?? ''
    const verdicts = frame[0] === 'receipt' ? frame[1] : []
    for (const verdict of verdicts) {
      const isFinal =
        verdict.is === 'rejected' && !verdict.error.retryable && verdict.error.code !== 'already-settled'
      if (verdict.is === 'reverted' || isFinal) this.#refused.add(`${client}/${verdict.n}`)
    }
    if (frame[0] !== 'welcome') return
    for (const { n } of frame[1].reverts) this.#refused.add(`${client}/${n}`)
  }

  /** At the end: each is in Postgres, or was refused and is in the list of that; and none counts twice. */
  finished(): void {
    for (const saved of this.#all) {
      const { words } = saved
      const history = this.#history()
      const places = [...(this.#numbers.get(words) ?? [])].filter((number) => {
        const [name = '', n] = number.split('/')
        return history.placeOf(name, Number(n)) !== undefined
      })
      // Two edits may undo the same.
      const times = this.#all.filter((other) => other.words === words).length
      if (UNIQUE.test(words))
        this.#judge.check(
          'G4',
          places.length <= times,
          () => `what was saved counts more often: ${places}: ${words}`,
        )
      if (saved.is === 'owed') this.#checkOutcome(saved, 'in the end')
    }
  }

  #checkOutcome(saved: Saved, when: string): void {
    const { client, n, words, hasLeft } = saved
    saved.is = 'over'
    const mark = this.#places.inPostgres().marks.get(client)
    const wasSent = this.#sent.get(`${client}/${n}`) === words
    // Whoever has left is told of no revert.
    const isUndone = !hasLeft && mark?.refusals.some((refusal) => refusal.n === n)
    const isThere = this.#isInPostgres(saved) && !isUndone
    const wasRefused = this.#refused.has(`${client}/${n}`)
    const isRefused = wasRefused && (hasLeft || this.wasEmptied || this.#places.hasRefused(saved))
    const holds = isRefused || (this.#places.isSure ? isThere : wasSent)
    const told = () => `edit ${n} of ${client} was saved and is nowhere ${when}: ${words}`
    this.#judge.check('G15', holds, told)
  }

  /** Has an edit, whoever of the client made it, come to an outcome? */
  hasOutcome(client: string, n: number): boolean {
    return !this.#isOpen({ client, n }) || (this.#places.inPostgres().marks.get(client)?.n ?? 0) >= n
  }

  /** The client of each store, by its owner. */
  get clients(): ReadonlyMap<string, string> {
    return this.#clients
  }

  #isOpen({ client, n }: Pick<Saved, 'client' | 'n'>): boolean {
    return this.#history().placeOf(client, n) === undefined && !this.#refused.has(`${client}/${n}`)
  }

  /** Postgres has it, or refused it; the log that it was in may be another by now. */
  #isInPostgres({ client, n, words }: Saved): boolean {
    const mark = this.#places.inPostgres().marks.get(client)
    return this.#sent.get(`${client}/${n}`) === words && mark !== undefined && mark.n >= n
  }

  /** A number whose edit nobody has any more, and no server has taken, is as good as never given away. */
  #isLost(client: string, n: number, words: string): boolean {
    const isThis = (saved: Saved) => saved.client === client && saved.n === n && saved.words === words
    return this.#isOpen({ client, n }) && this.#all.some((saved) => isThis(saved) && saved.is === 'lost')
  }
}

function wordsOf({ n: _, ...words }: Edit): string {
  return JSON.stringify(words)
}
