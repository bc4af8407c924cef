import * as v from 'valibot'

const factSchema = v.union([v.string(), v.number(), v.boolean()])
const lineSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.objectWithRest({ event: v.string() }, v.nullish(factSchema)),
)

type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>

/** What is in the log and is nobody's problem. */
const QUIET: ReadonlySet<string> = new Set(['schema-changed', 'tenant-forgotten', 'lease-not-renewed'])

const waiting = ({ outbox }: Facts) =>
  typeof outbox === 'number' && outbox > 0
    ? ` ${count(outbox, 'edit')} wait${outbox === 1 ? 's' : ''} for it.`
    : ''

const count = (number: number, of: string) => `${number} ${of}${number === 1 ? '' : 's'}`

/** A fact in a sentence, also where it is missing. */
const of = (fact: Facts[string]) => fact ?? '?'

/** What a line of the log means to whoever develops here. What is not listed is told by its name and facts. */
const SENTENCES: Readonly<Record<string, (facts: Facts) => string>> = {
  'postgres-away': (facts) =>
    `Postgres does not answer (${of(facts['message'])}). Editing goes on.${waiting(facts)}`,
  'postgres-back': (facts) => `Postgres takes edits again.${waiting(facts)}`,
  'drain-parked': (facts) =>
    `Nothing goes to Postgres until this is mended: ${of(facts['cause'])}.${waiting(facts)}`,
  'edit-reverted': ({ seq, sqlState, constraint, dependents }) =>
    `Postgres refused edit ${of(seq)} (${constraint ? `${constraint}, ` : ''}${of(sqlState)}). It was undone on every screen${
      typeof dependents === 'number' && dependents > 0 ? `, and with it ${count(dependents, 'edit')}` : ''
    }.`,
  'frame-refused': ({ subject, code, message }) =>
    `${of(subject)} sent what is not understood: ${of(message)} (${of(code)})`,
  'rule-failed': ({ collection, error }) => `A rule of ${of(collection)} threw: ${of(error)}`,
  'epoch-ended': ({ cause }) =>
    `Postgres and the object differ in their past; all is loaded anew: ${of(cause)}`,
}

/** What lasts until Postgres takes edits again. */
const OUTAGES: readonly string[] = ['postgres-away', 'drain-parked']

/** Milliseconds in which a problem of one kind is told a few times, and then counted. */
const SPAN_MS = 60_000
const TOLD_AT_MOST = 5

type Span = { readonly since: number; told: number; more: number }

/** Tells of the Worker's log, in a sentence each, what somebody should know while the stack runs. */
export class Problems {
  readonly #report: (line: string) => void
  readonly #now: () => number
  readonly #spans = new Map<string, Span>()

  /** @param now in ms, of a clock that never goes back */
  constructor(report: (line: string) => void, now = () => performance.now()) {
    this.#report = report
    this.#now = now
  }

  /** Takes a line that the Worker logged; one that is no event of ours is a problem when its level says so. */
  take(line: string, level: string): void {
    const read = v.safeParse(lineSchema, line)
    if (!read.success) {
      if (level === 'error') this.#tell('error', 1, `The Worker failed: ${line.split('\n')[0]}`)
      return
    }
    const { event, tenant, ...facts } = read.output
    if (QUIET.has(event)) return
    const whose = tenant ? `${tenant}: ` : ''
    // An outage is one problem, however often it is met with, and is over when Postgres is back.
    if (event === 'postgres-back') for (const kind of OUTAGES) this.#spans.delete(`${whose}${kind}`)
    const atMost = OUTAGES.includes(event) ? 1 : TOLD_AT_MOST
    this.#tell(`${whose}${event}`, atMost, `${whose}${SENTENCES[event]?.(facts) ?? inWords(event, facts)}`)
  }

  #tell(kind: string, atMost: number, sentence: string): void {
    const now = this.#now()
    let span = this.#spans.get(kind)
    if (!span || now - span.since >= SPAN_MS) {
      const before = span?.more ? ` (${span.more} more like this were not shown)` : ''
      span = { since: now, told: 1, more: 0 }
      this.#spans.set(kind, span)
      this.#report(`! ${sentence}${before}`)
    } else if (span.told < atMost) {
      span.told += 1
      this.#report(`! ${sentence}`)
    } else span.more += 1
  }
}

/** `comparison-failed {"collection":"orders"}` becomes `Comparison failed (collection orders).` */
function inWords(event: string, facts: Facts): string {
  const name = event.replaceAll('-', ' ')
  const told = Object.entries(facts).flatMap(([key, fact]) => (fact == null ? [] : [`${key} ${fact}`]))
  const tail = told.length > 0 ? ` (${told.join(', ')})` : ''
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}${tail}.`
}
