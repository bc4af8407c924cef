import { hashText } from '../../core/records/hash.ts'

/** Questions of which the answers' versions are kept. */
const KEPT = 500

/** Characters of a question that is worth keeping: a longer one is answered by reading. */
const MAX_QUESTION = 4_000

/** The version of an answer, and from where to where in the log it was the answer. */
type Known = {
  readonly version: string
  /** The collection's last change when it was read. */
  readonly place: number
  /** The head at which it was first read so. */
  readonly seq: number
}

/** The version of an answer: what it says, and nothing else moves it, so nobody learns by it of what they may not see. */
export function versionOf(epoch: string, content: string): string {
  return `${epoch}.${hashText(content)}`
}

/** The versions of answers to questions that were asked before: as long as nothing changed, no row is read for them. */
export class ReadVersions {
  /** Those that were asked for last come last. */
  readonly #known = new Map<string, Known>()

  /** The version of the answer to a question, if nothing in its collection has changed since. */
  get(question: string, place: number): string | undefined {
    const known = this.#known.get(question)
    return known?.place === place ? known.version : undefined
  }

  /** Keeps what was read. Returns from where in the log on the answer is known to be this one. */
  note(question: string, read: Known): number {
    const before = this.#known.get(question)
    const seq = before?.version === read.version ? before.seq : read.seq
    if (question.length > MAX_QUESTION) return seq
    this.#known.delete(question)
    this.#known.set(question, { ...read, seq })
    const [oldest] = this.#known.keys()
    if (this.#known.size > KEPT && oldest !== undefined) this.#known.delete(oldest)
    return seq
  }
}
