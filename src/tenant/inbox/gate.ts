import { CLOSE, wireError } from '../../protocol/errors.ts'
import { MAX_HELD_CHARACTERS, MAX_HELD_FRAMES } from '../../protocol/limits.ts'
import { alone, type Ending } from '../sessions/alone.ts'
import type { Session } from '../sessions/session.ts'
import { type WorkLimits, workOfText } from '../sessions/work-limits.ts'

/** The means to hold frames back for a while. */
type Holding = Ending & {
  readonly work: WorkLimits
  readonly pause: (ms: number) => Promise<void>
  /** Takes a frame of a session. Only some take time. */
  readonly take: (session: Session, text: string) => Promise<void> | undefined
}

/** Frames of a session that are held back, and how much that is. */
type Held = { readonly texts: string[]; characters: number }

/**
 * Lets frames in while their session has work left, and holds them back for as long as it is in debt, in their order
 * and undecoded. A session that goes on sending meanwhile is closed with 4429, and told when to come back.
 */
export class Gate {
  readonly #parts: Holding
  readonly #held = new Map<Session, Held>()

  constructor(parts: Holding) {
    this.#parts = parts
  }

  /** A frame has arrived. */
  enter(session: Session, text: string): Promise<void> | undefined {
    const { work } = this.#parts
    const held = this.#held.get(session)
    if (held) this.#hold(session, held, text)
    else if (work.waitMs(session) === 0) return this.#letIn(session, text)
    else {
      const first = { texts: [], characters: 0 }
      this.#held.set(session, first)
      this.#hold(session, first, text)
      void this.#letInLater(session, first)
    }
    return undefined
  }

  #letIn(session: Session, text: string): Promise<void> | undefined {
    this.#parts.work.charge(session, workOfText(text))
    return this.#parts.take(session, text)
  }

  #hold(session: Session, held: Held, text: string): void {
    held.characters += text.length
    if (held.texts.push(text) <= MAX_HELD_FRAMES && held.characters <= MAX_HELD_CHARACTERS) return
    const { work, sessions } = this.#parts
    const retryAfterMs = Math.max(1_000, work.waitMs(session))
    held.texts.length = 0
    const message = 'This connection asks for more than one may; it is connected again shortly.'
    sessions.close(session, CLOSE.rate, wireError('busy', message, { retryAfterMs }))
  }

  async #letInLater(session: Session, held: Held): Promise<void> {
    const { work, pause } = this.#parts
    while (held.texts.length > 0 && session.state.is !== 'closed') {
      await pause(work.waitMs(session))
      await this.#letInAffordable(session, held)
    }
    this.#held.delete(session)
  }

  async #letInAffordable(session: Session, held: Held): Promise<void> {
    while (session.state.is !== 'closed' && this.#parts.work.waitMs(session) === 0) {
      const text = held.texts.shift()
      if (text === undefined) return
      held.characters -= text.length
      let taken: Promise<void> | undefined
      alone(this.#parts, session, 'held back', () => {
        taken = this.#letIn(session, text)
      })
      await taken
    }
  }
}
