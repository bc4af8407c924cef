import type { EditHandle, EditResult } from '../../../client/src/api/edit-handle.ts'
import type { Client, QuerySnapshot, SetDraft } from '../../../client/src/api/types.ts'
import { createClientIn } from '../../../client/src/client-in.ts'
import { conflicts } from '../../../client/src/conflicts.ts'
import type { Environment } from '../../../client/src/environment/environment.ts'
import { history } from '../../../client/src/history.ts'
import { later } from '../../../client/src/later.ts'
import type { Persist } from '../../../client/src/parts/persist.ts'
import type { Share } from '../../../client/src/parts/share.ts'
import { presence } from '../../../client/src/presence.ts'
import type { Random } from '../../../dev/harness/random.ts'
import type { App } from '../../fixtures/board/sync.ts'
import { AT_LIMITS, BEYOND_LIMITS, NO_QUERIES } from '../campaign/limit-shapes.ts'
import type { Plan } from '../campaign/plan.ts'
import { type Asked, QUERIES } from '../campaign/shapes.ts'
import type { Role } from '../world/tokens.ts'
import { Following } from './following.ts'
import { Listening } from './listening.ts'
import { isId, oddId } from './odd-ids.ts'

/** UTF-16 units of a long text: some twenty of them are more than a client may leave unread. */
const LONG_TEXT = 60_000

/** An edit and what its author was told of it. */
export type Made = {
  readonly edit: EditHandle
  /** It names a record by what cannot be an id. */
  readonly namesNone: boolean
  accepted?: EditResult
  /** The log that the client was told of when it was accepted. */
  epoch?: string | undefined
  committed?: EditResult
}

/** What a person's client gets from the world. */
export type PersonPort = {
  readonly plan: Plan
  readonly environment: Environment
  readonly random: Random
  /** Put into every text: whose words it has. */
  readonly writer: () => string
  /** The log that the client was told of last. */
  readonly epoch: () => string | undefined
  readonly token: (wanted: AbortSignal) => string | Promise<string>
  /** The disk that keeps the page, if there is one. */
  readonly persist?: Persist | undefined
  /** What shares its connection with other pages. */
  readonly share?: Share | undefined
  /** An edit was told to be on it. */
  readonly saved: (n: number) => void
}

/** How often, of 1, what is asked at the limits is nothing that could be. */
const WRITES_NO_QUERY = 0.2

const STATUSES = ['open', 'in_progress', 'finished', 'withdrawn'] as const
const KINDS = ['badge', 'medal', 'treat'] as const
/** So few that somebody removes what another has just added again. */
const LABELS = ['late', 'new'] as const
const WORDS = ['as', 'the', 'tide', 'rises', 'so', 'it', 'falls'] as const
const DEADLINES_MS = [50, 5_000] as const

/** Somebody with a page open, who does this and that. */
export class Person {
  readonly name: string
  readonly subject: string
  readonly tenant: string
  role: Role
  readonly db: Client<App>
  readonly edits: Made[] = []
  /** The role that the last token said which the server has seen. */
  shownRole: Role
  readonly listening: Listening
  readonly following: Following
  readonly #port: PersonPort
  readonly #asked = new Map<Asked, () => void>()
  #values = 0
  /** Ids of prizes that were given here. */
  readonly #prizes: string[] = []

  constructor(
    { name, subject, tenant, role }: { name: string; subject: string; tenant: string; role: Role },
    port: PersonPort,
  ) {
    this.name = name
    this.subject = subject
    this.tenant = tenant
    this.role = role
    this.shownRole = role
    this.#port = port
    const getToken = ({ signal }: { readonly signal: AbortSignal }) => port.token(signal)
    this.db = createClientIn<App>(
      port.environment,
      {
        url: '/',
        tenant,
        getToken,
        clientId: name,
        parts: [history(), conflicts(), presence()],
        ...(port.persist && { persist: port.persist }),
        ...(port.share && { share: port.share }),
      },
      () => later,
    )
    this.listening = new Listening(this.db, port.random, port.plan.rates.throwing)
    for (const query of QUERIES.slice(0, 2)) this.ask(query)
    this.following = new Following(this.db, name, port.plan.rates.present)
  }

  /** Is there something to say for which an earlier version may have no words? */
  get hasNewWords(): boolean {
    return this.hasOpenEdits || this.following.isPresent
  }

  get asked(): ReadonlyMap<Asked, unknown> {
    return this.#asked
  }

  /** Edits without an outcome, whoever made them on this page. */
  get openEdits(): Made[] {
    return this.edits.filter(({ committed }) => committed === undefined)
  }

  get hasOpenEdits(): boolean {
    return this.openEdits.length > 0
  }

  ask(query: Asked): void {
    this.#asked.set(query, this.listening.hear(query))
  }

  /**
   * Is the query answered, or refused as it may be? A hidden column is a column that does not exist; what was
   * refused for that is asked again by the next connection.
   */
  isAnswered(query: Asked): boolean {
    const { status } = this.shows(query)
    if (BEYOND_LIMITS.includes(query)) return status === 'error'
    return status === 'ready' || (status === 'error' && JSON.stringify(query.query).includes('"notes"'))
  }

  shows(query: Asked): QuerySnapshot<object> {
    return query.of(this.db).getSnapshot()
  }

  /** Asks for something else, or for something less. */
  askOtherwise(random: Random): void {
    this.#toggle(random.pick(QUERIES))
  }

  /** Asks for what is at a limit, or beyond. Throws what it is told about the latter, if it is told at once. */
  askAtLimits(random: Random): void {
    if (random.chance(WRITES_NO_QUERY)) random.pick(NO_QUERIES)(this.db)
    else this.#toggle(random.pick(random.chance(0.5) ? AT_LIMITS : BEYOND_LIMITS))
  }

  #toggle(query: Asked): void {
    const stop = this.#asked.get(query)
    stop?.()
    if (stop) this.#asked.delete(query)
    else this.ask(query)
  }

  /** Makes one edit. */
  act(random: Random): void {
    const { plan } = this.#port
    const { postgresFirst, several } = plan.rates
    const deadlineMs = random.chance(0.3) ? random.pick(DEADLINES_MS) : undefined
    const options = random.chance(postgresFirst)
      ? { durability: 'committed' as const, ...(deadlineMs !== undefined && { deadlineMs }) }
      : undefined
    const deeds = Array.from({ length: random.chance(several) ? random.whole(2, 3) : 1 }, () =>
      this.#deed(random),
    )
    const edit = this.db.transaction((tx) => {
      for (const { run } of deeds) run(tx)
    }, options)
    this.#keep(
      edit,
      deeds.some(({ id }) => id !== undefined && !isId(id)),
    )
  }

  /** Brings something back that was deleted, or takes an own edit back. */
  bringBack(random: Random): void {
    // What comes back are the words of whoever wrote them, so nobody undoes where it is judged whose they are.
    const undoes = this.#port.plan.rates.shared === 0 && random.chance(0.5)
    const past = this.edits.flatMap(({ accepted, epoch }) =>
      accepted?.ok && epoch !== undefined && accepted.seq > 0 ? [{ epoch, seq: accepted.seq }] : [],
    )
    const undone = undoes ? past[random.whole(0, past.length)] : undefined
    if (undone) {
      this.#keep(this.db.undo(undone), false)
      return
    }
    const [assignee, card] = [this.#id('assignee', random), this.#id('card', random)]
    const prize = this.#prizes[random.whole(0, this.#prizes.length)]
    const kind = random.whole(0, 3)
    if (kind === 0) this.#keep(this.db.assignees.restore(assignee), !isId(assignee))
    else if (kind === 1 && prize !== undefined) this.#keep(this.db.prizes.restore(prize), false)
    else this.#keep(this.db.cards.restore(card), !isId(card))
  }

  #keep(edit: EditHandle, namesNone: boolean): void {
    const made: Made = { edit, namesNone }
    this.edits.push(made)
    void edit.saved.then(({ ok }) => {
      if (ok && edit.n !== undefined) this.#port.saved(edit.n)
    })
    void edit.accepted.then((result) => {
      made.accepted = result
      made.epoch = this.#port.epoch()
    })
    void edit.committed.then((result) => {
      made.committed = result
    })
  }

  #deed(random: Random): Deed {
    const [assignee, card] = [this.#id('assignee', random), this.#id('card', random)]
    const drawn = random.whole(0, 20)
    const which = drawn > 16 ? 12 : drawn
    const id = which < 4 ? assignee : which < 15 ? card : undefined
    return { id, run: this.#doing(which, [assignee, card], random) }
  }

  #doing(
    which: number,
    [assignee, card]: readonly [string, string],
    random: Random,
  ): (tx: Transaction) => void {
    const { plan } = this.#port
    const value = () => this.#value(random)
    switch (which) {
      case 0:
        return (tx) => void tx.assignees.insert({ id: assignee, name: value(), city: value() })
      case 1:
        return (tx) => tx.assignees.update(assignee, (draft) => void Object.assign(draft, { name: value() }))
      case 2:
        return (tx) => tx.assignees.update(assignee, (draft) => void Object.assign(draft, { city: value() }))
      case 3:
        return (tx) => tx.assignees.delete(assignee)
      case 4:
      case 5: {
        const number = random.chance(plan.rates.clash) ? 'the same' : value()
        const targetPoints = random.whole(1, 1_000)
        return (tx) =>
          void tx.cards.insert({
            id: card,
            number,
            assigneeId: assignee,
            targetPoints,
            notes: value(),
            labels: [random.pick(LABELS), random.pick(LABELS)],
          })
      }
      case 6:
        return (tx) => tx.cards.delete(card)
      case 7:
      case 8:
        return (tx) => tx.cards.update(card, (draft) => void Object.assign(draft, { notes: value() }))
      case 9: {
        const status = random.pick(STATUSES)
        return (tx) => tx.cards.update(card, (draft) => void Object.assign(draft, { status }))
      }
      case 10:
        return (tx) =>
          tx.cards.update(card, (draft) => {
            draft.reactions += 1
          })
      case 11: {
        const dueOn = random.chance(0.3) ? null : `2026-0${random.whole(1, 9)}-01`
        const targetPoints = random.whole(1, 1_000)
        const marks = { bestScore: targetPoints, startedOn: dueOn }
        return (tx) =>
          tx.cards.update(card, (draft) => void Object.assign(draft, { dueOn, targetPoints, ...marks }))
      }
      case 12: {
        const [one, other] = [random.pick(LABELS), random.pick(LABELS)]
        const [removes, more] = [random.chance(0.5), random.chance(0.3) ? [other] : []]
        return (tx) =>
          tx.cards.update(card, (draft) =>
            changeLabels(draft, removes ? [] : [one, ...more], removes ? [one] : []),
          )
      }
      case 13:
        return (tx) => tx.cards.update(card, (draft) => void Object.assign(draft, { advice: value() }))
      case 14: {
        const [word, gone] = [random.pick(WORDS), random.whole(0, 6)]
        return (tx) =>
          tx.cards.update(card, (draft) => {
            const words = (draft.story ?? '').split(' ').filter((other, at) => other !== '' && at !== gone)
            draft.story = [...words, word].join(' ')
          })
      }
      case 15: {
        const prize = { cardId: card, awardedPoints: random.whole(1, 50), kind: random.pick(KINDS) }
        const id = `prize-${this.name}-${++this.#values}`
        this.#prizes.push(id)
        return (tx) =>
          void tx.prizes.insert({
            ...prize,
            id,
            wonOn: '2026-01-31',
          })
      }
      default:
        return (tx) => {
          if (tx.boardSettings.get('own')) {
            tx.boardSettings.update('own', (draft) => void Object.assign(draft, { welcome: value() }))
          } else tx.boardSettings.insert({ id: 'own', name: value() })
        }
    }
  }

  /** A text that nobody else writes, and that says whose it is. */
  #value(random: Random): string {
    const { plan } = this.#port
    const text = `${this.tenant}:${this.name}${this.#port.writer()}${++this.#values}`
    return random.chance(plan.rates.long) ? text.padEnd(LONG_TEXT, '.') : text
  }

  #id(kind: string, random: Random): string {
    const { records, rates } = this.#port.plan
    return random.chance(rates.odd) ? oddId(random, 'a client') : `${kind}-${random.whole(1, records)}`
  }
}

/** Adds labels and removes them. Where the server is of a version without sets, they are set as a whole. */
function changeLabels(
  draft: { labels: readonly string[] & Partial<SetDraft> },
  add: readonly string[],
  remove: readonly string[],
): void {
  const { labels = [] } = draft
  if (labels.replace) {
    for (const label of remove) labels.delete?.(label)
    for (const label of add) labels.add?.(label)
  } else Object.assign(draft, { labels: [...labels.filter((one) => !remove.includes(one)), ...add] })
}

/** A part of an edit, and the record that it names. */
type Deed = { readonly id: string | undefined; readonly run: (tx: Transaction) => void }

type Transaction = Parameters<Parameters<Client<App>['transaction']>[0]>[0]
