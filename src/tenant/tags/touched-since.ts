import type { LogEntry } from '../../core/log/log.ts'
import { type RecordChange, type RowAt, recordChanges } from '../../core/query/changes.ts'

/** Characters of tags that are kept for those who may know of the same: those of some 20,000 records. */
const KEPT_CHARACTERS = 1024 * 1024

/** Different rights of which tags are kept. */
const KEPT_RIGHTS = 8

/** How many times as far back as is asked for the log is read: so whoever asks for ever more has it read a few times. */
const FURTHER = 2

/** The log, as far as it is asked here. */
type Log = { readonly epoch: string; readonly head: number; readonly floor: number }

/** Reads the log back to a place, the newest entries first, as far as one may. */
type Fold = (seq: number, work: (entries: Iterable<LogEntry>, rowAt: RowAt) => true) => true | undefined

/** The tags of a change, as somebody with certain rights may know of them. */
type TagsOf = (change: RecordChange) => Iterable<string>

/** The tags of an interval, each with the last place at which it was touched. */
type Touched = {
  readonly lastAt: Map<string, number>
  /** Whatever was touched after this place, up to the other, is among them. */
  readonly from: number
  readonly upTo: number
  readonly characters: number
  /** What was touched before is not read: it is too much. */
  readonly isAll: boolean
}

/**
 * Tells which tags were touched since a place of the log. It is read about once, from however many places and however
 * often that is asked: what was found is kept, for all who may know of the same.
 */
export class TouchedSince {
  readonly #log: Log
  readonly #fold: Fold
  readonly #keptCharacters: number
  /** By the name of the rights; those that were asked for last come last. */
  readonly #byRights = new Map<string, Touched>()
  #epoch = ''

  constructor(log: Log, fold: Fold, keptCharacters = KEPT_CHARACTERS) {
    this.#log = log
    this.#fold = fold
    this.#keptCharacters = keptCharacters
  }

  /**
   * The tags that were touched after a place; undefined where that cannot be told, so that all of them count.
   *
   * @param rights a name of what the asker may know of
   */
  tags(seq: number, rights: string, tagsOf: TagsOf): string[] | undefined {
    const { epoch, floor, head } = this.#log
    if (epoch !== this.#epoch) this.#byRights.clear()
    this.#epoch = epoch
    if (seq < floor || seq > head) return undefined
    const known = this.#byRights.get(rights)
    const current = known && this.#brought(known, tagsOf)
    const touched = !current || (current.from > seq && !current.isAll) ? this.#read(seq, tagsOf) : current
    this.#keep(rights, touched)
    if (touched.from > seq) return undefined
    return [...touched.lastAt].flatMap(([tag, at]) => (at > seq ? tag : []))
  }

  #keep(rights: string, touched: Touched): void {
    this.#byRights.delete(rights)
    this.#byRights.set(rights, touched)
    const [oldest] = this.#byRights.keys()
    if (this.#byRights.size > KEPT_RIGHTS && oldest !== undefined) this.#byRights.delete(oldest)
  }

  /** Reads the log anew, further back than is asked for. */
  #read(seq: number, tagsOf: TagsOf): Touched {
    const { head, floor } = this.#log
    return this.#readBackTo(Math.max(floor, head - FURTHER * (head - seq)), tagsOf)
  }

  #readBackTo(seq: number, tagsOf: TagsOf): Touched {
    const { head } = this.#log
    const lastAt = new Map<string, number>()
    let characters = 0
    let at = head
    function* noted(entries: Iterable<LogEntry>): Generator<LogEntry> {
      for (const entry of entries) {
        at = entry.seq
        yield entry
      }
    }
    const isWhole = this.#fold(seq, (entries, rowAt) => {
      for (const change of recordChanges(noted(entries), rowAt))
        for (const tag of tagsOf(change)) {
          if (lastAt.has(tag)) continue
          lastAt.set(tag, at)
          characters += tag.length
        }
      return true
    })
    // Where it ended early, the last entry that was read is the first that is not known of whole.
    const from = isWhole ? seq : at
    return this.#bounded({ lastAt, from, upTo: head, characters, isAll: !isWhole })
  }

  /** What is known, brought up to the head. */
  #brought(known: Touched, tagsOf: TagsOf): Touched {
    if (known.upTo === this.#log.head) return known
    const news = this.#readBackTo(known.upTo, tagsOf)
    if (news.from > known.upTo) return news
    let { characters } = known
    for (const [tag, at] of news.lastAt) {
      if (!known.lastAt.has(tag)) characters += tag.length
      known.lastAt.set(tag, at)
    }
    return this.#bounded({ ...known, upTo: news.upTo, characters })
  }

  /** Of too many tags the half that was touched last. */
  #bounded(touched: Touched): Touched {
    if (touched.characters <= this.#keptCharacters) return touched
    const kept = new Map<string, number>()
    let { from } = touched
    let characters = 0
    for (const [tag, at] of [...touched.lastAt].sort(([, a], [, b]) => b - a)) {
      if (characters + tag.length > this.#keptCharacters / 2) {
        from = at
        break
      }
      kept.set(tag, at)
      characters += tag.length
    }
    return { ...touched, lastAt: kept, from, characters, isAll: true }
  }
}
