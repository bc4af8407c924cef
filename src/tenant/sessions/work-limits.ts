import { type Rate, TokenBucket } from '../../core/schedule/token-bucket.ts'
import { MAX_PERSON_WORK, MAX_SESSION_WORK, WORK_PER_SECOND } from '../../protocol/limits.ts'
import type { Up } from '../../protocol/up/up.ts'
import { Allowances } from './allowances.ts'
import type { Session } from './session.ts'

/** Characters of a frame that are one unit of work: to be decoded, and looked through. */
const CHARACTERS_TO_A_UNIT = 4_096

/** Rows read from the storage that are one unit of work. */
const ROWS_TO_A_UNIT = 50

/** Units of work of what is asked, besides the rows that are read for it. An edit is one unit. */
const WORK = { hello: 20, subscribe: 20, watch: 5, 'watch since': 50, 'read-text': 10, other: 1 }

/** Units of one read without a session, besides its rows. */
export const READ_WORK = 20

const OF_SESSION: Rate = { size: MAX_SESSION_WORK, perSecond: WORK_PER_SECOND }
const OF_PERSON: Rate = { size: MAX_PERSON_WORK, perSecond: WORK_PER_SECOND }

/**
 * The work that people have an object do for them, in units of about what an edit costs: so much of it a second, and
 * what was not used up to a limit. What they bring is charged before it is decoded, what they ask for before it is
 * taken, and the rows that are read for it afterwards, which may leave them in debt.
 */
export class WorkLimits {
  readonly #now: () => number
  readonly #bySession = new WeakMap<Session, TokenBucket>()
  readonly #byPerson = new Allowances(OF_PERSON)

  /** @param now milliseconds since 1970 */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Milliseconds until the debts of a session and of its person are paid, and so much may be had besides; 0 for now. */
  waitMs(session: Session, work = 0): number {
    const now = this.#now()
    return Math.max(...this.#of(session).map((bucket) => bucket.waitMs(work, now)))
  }

  /** The same of a person without a session. */
  waitMsOf(subject: string): number {
    return this.#byPerson.of(subject, this.#now()).waitMs(0, this.#now())
  }

  charge(session: Session, work: number): void {
    for (const bucket of this.#of(session)) bucket.charge(work, this.#now())
  }

  chargePerson(subject: string, work: number): void {
    this.#byPerson.of(subject, this.#now()).charge(work, this.#now())
  }

  #of(session: Session): TokenBucket[] {
    const now = this.#now()
    const known = this.#bySession.get(session)
    const own = known ?? new TokenBucket(OF_SESSION, now)
    if (!known) this.#bySession.set(session, own)
    return [own, this.#byPerson.of(session.claims.sub, now)]
  }
}

/** The work of a frame before it is decoded. */
export const workOfText = (text: string): number => 1 + Math.floor(text.length / CHARACTERS_TO_A_UNIT)

/** The work that a frame asks for, besides that it is decoded. */
export function workOf(frame: Up): number {
  switch (frame[0]) {
    case 'push':
      // The first is paid with the frame.
      return frame[2].length - 1
    case 'watch':
      return frame[1].since ? WORK['watch since'] : WORK.watch
    case 'hello':
    case 'subscribe':
    case 'read-text':
      return WORK[frame[0]]
    default:
      return WORK.other
  }
}

/** The work of rows that were read from the storage. */
export const workOfRows = (rows: number): number => rows / ROWS_TO_A_UNIT
