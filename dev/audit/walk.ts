import { type ChainLine, hashLine, NO_LINE } from './line-hash.ts'
import type { ChainEnd, Head } from './read-chain.ts'
import { editsOf, type Tampering, type TamperingKind } from './tampering.ts'

/**
 * What a step of the walk found. `follows` is the hash of a line that should stand before and does not: it may be
 * found elsewhere, and then the lines were moved.
 */
export type Found = Tampering & { readonly follows?: string }

/** A place of the chain: what stands there, and how it may be named. */
type Step = { readonly line: number; readonly hashes: ReadonlySet<string>; readonly last?: ChainLine }

/**
 * Walks a tenant's lines in the order of their numbers.
 *
 *   previous ─┐        ┌─ previous ─┐        ┌─ previous        Each line holds the hash of the one before and its own,
 *   content  ─┴─ hash ─┘  content  ─┴─ hash ─┘  content         over both. So one line says whether itself was changed,
 *   line 1                line 2                line 3          and two whether they stood together.
 */
export class Walk {
  readonly #tenant: string
  readonly #printed: Head | undefined
  #before: Step | undefined
  #at: Step = { line: 0, hashes: new Set([NO_LINE]) }
  #metPrinted = false
  #orphans = 0

  /** @param printed the end of the chain as it was printed earlier */
  constructor(tenant: string, printed?: Head) {
    this.#tenant = tenant
    this.#printed = printed
  }

  /**
   * Takes the next line, and the ledger as of the moment at which it was read. While the tenant is deleted its lines
   * are gone in any order: each is judged by itself.
   */
  take(line: ChainLine, ledger: ChainEnd | undefined): Found[] {
    const isChanged = hashLine(this.#tenant, line) !== line.hash
    const found: Found[] = isChanged
      ? [this.#say('changed', line.line, line.line, 'its content was changed after it was written.', line)]
      : []
    if (!ledger?.erasing) found.push(...this.#link(line, isChanged))
    if (!ledger) this.#orphans += 1
    if (line.line === this.#printed?.line && line.hash === this.#printed.hash) this.#metPrinted = true
    if (line.line === this.#at.line) {
      // The next line says which of them it was written after.
      this.#at = { ...this.#at, hashes: new Set([...this.#at.hashes, line.hash]) }
    } else {
      this.#before = this.#at
      this.#at = { line: line.line, hashes: new Set([line.hash]), last: line }
    }
    return found
  }

  #link(line: ChainLine, isChanged: boolean): Found[] {
    const at = this.#at
    if (line.line <= at.line || line.line < 1)
      return [this.#say('inserted', line.line, line.line, 'there is more than one of this number.', line)]
    if (line.line > at.line + 1) {
      const message = 'they are missing, and what was written after them is there.'
      return [this.#say('missing', at.line + 1, line.line - 1, message)]
    }
    if (at.hashes.has(line.previous)) return []
    if (this.#before?.hashes.has(line.previous)) {
      const message = `it was inserted: line ${line.line} was written after what stands before it.`
      return [this.#say('inserted', at.line, at.line, message, at.last)]
    }
    // What a changed line says of the one before it proves nothing.
    return isChanged ? [] : [{ ...this.#broken(line), follows: line.previous }]
  }

  #broken(line: ChainLine): Tampering {
    const { last } = this.#at
    if (!last) {
      const message = 'it was not the first that was written: those before it are missing.'
      return this.#say('missing', line.line, line.line, message, line)
    }
    const next = Number(last.lastSeq) + 1
    if (last.epoch === line.epoch && line.firstSeq !== undefined && next > 1 && line.firstSeq > next) {
      const message = 'what was written between these two lines is missing.'
      const seqs = { epoch: line.epoch, fromSeq: next, toSeq: line.firstSeq - 1 }
      return { ...this.#say('missing', last.line, line.line, message), ...seqs }
    }
    const message = `line ${line.line} was written after another one: this one was replaced, or lines behind it were taken out.`
    return this.#say('replaced', last.line, last.line, message, last)
  }

  /** Judges the end, by the ledger as of the moment at which the last page was read. */
  end(ledger: ChainEnd | undefined): Found[] {
    const { line, hashes, last } = this.#at
    const found: Found[] = []
    // A tenant that was deleted during the walk has neither in the end.
    if (this.#orphans > 0)
      found.push(this.#say('no-ledger', 1, line, 'they have no ledger, which says where they end.'))
    if (ledger && !ledger.erasing) {
      if (line < ledger.line)
        found.push(
          this.#say('cut', line + 1, ledger.line, 'they are missing at the end: the ledger counts them.'),
        )
      else if (line > ledger.line)
        found.push(
          this.#say(
            'uncounted',
            ledger.line + 1,
            line,
            'the ledger does not count them: they were inserted, or it was put back.',
          ),
        )
      else if (!hashes.has(ledger.hash))
        found.push(
          this.#say(
            'uncounted',
            line,
            line,
            'the ledger names another last line: this one was replaced, or the ledger was changed.',
            last,
          ),
        )
    }
    return [...found, ...this.#comparePrint(ledger)]
  }

  #comparePrint(ledger: ChainEnd | undefined): Found[] {
    const printed = this.#printed
    if (!printed) return []
    if (!ledger || ledger.erasing) {
      const message = 'the tenant of the earlier print is not there, or is being deleted.'
      return [this.#say('gone', 1, printed.line, message)]
    }
    if (printed.line === 0 || this.#metPrinted) return []
    const message =
      this.#at.line < printed.line
        ? 'the earlier print goes further: what it counted was taken out, or an older backup was restored.'
        : 'they are not those of the earlier print: lines were rewritten, or an older backup was restored.'
    return [this.#say('rewritten', 1, printed.line, message)]
  }

  #say(kind: TamperingKind, fromLine: number, toLine: number, message: string, line?: ChainLine): Tampering {
    return { tenant: this.#tenant, kind, fromLine, toLine, message, ...(line && editsOf(line)) }
  }
}
