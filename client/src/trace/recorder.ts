import type { Edit } from '../../../src/protocol/edit.ts'
import type { Query as WireQuery } from '../../../src/protocol/query.ts'
import type { Value } from '../../../src/protocol/value.ts'
import type { Environment } from '../environment/environment.ts'
import type { Call, Input, Note, Output, Supply, Surroundings, TracedError, TraceEvent } from './event.ts'
import { FrameTexts } from './frames.ts'
import { type Mask, Masked } from './mask.ts'
import { Ring } from './ring.ts'
import { Secrets } from './secrets.ts'

export type RecorderOptions = {
  /** Events that are kept; of more, the oldest go. Default: 20,000. */
  readonly keep?: number
  /** Characters that they have together at most. Default: 8 million. */
  readonly keepCharacters?: number
  /** Values are written down as this has them. */
  readonly mask?: Mask
  /** Hears each event, as it is written down. */
  readonly onEvent?: (event: TraceEvent) => void
}

/** Events that are kept unless an application says otherwise: a morning's work. */
export const KEPT_EVENTS = 20_000
export const KEPT_CHARACTERS = 8_000_000

/** The record of what happened to a client and what it did, in its order. */
export class Recorder {
  readonly secrets = new Secrets()
  readonly frames: FrameTexts
  readonly masked: Masked | undefined
  readonly #ring: Ring<TraceEvent>
  readonly #ears = new Set<(event: TraceEvent) => void>()
  #environment: Pick<Environment, 'now'> | undefined
  #began = 0
  #now = 0
  /** How many inputs, calls and listeners the present moment is in the midst of. */
  #depth = 0
  #around = ''

  constructor({ keep = KEPT_EVENTS, keepCharacters = KEPT_CHARACTERS, mask, onEvent }: RecorderOptions = {}) {
    this.masked = mask && new Masked(mask)
    this.frames = new FrameTexts(this.secrets, this.masked)
    this.#ring = new Ring(keep, keepCharacters, weightOf)
    if (onEvent) this.#ears.add(onEvent)
  }

  get events(): readonly TraceEvent[] {
    return this.#ring.items
  }

  /** Is there all since the client was made? */
  get isWhole(): boolean {
    return this.#ring.dropped === 0
  }

  /** When the client was made, in milliseconds since 1970. */
  get began(): number {
    return this.#began
  }

  begin(environment: Pick<Environment, 'now'>): void {
    this.#environment = environment
    this.#began = this.#now = environment.now()
  }

  /** The time of the last input: it stands still in between, so that all that follows has one time. */
  readonly now = (): number => this.#now

  listen(ear: (event: TraceEvent) => void): () => void {
    this.#ears.add(ear)
    return () => this.#ears.delete(ear)
  }

  /** Something comes from outside, and `run` is what follows. */
  input(input: Input, run: () => void): void {
    this.#now = this.#environment?.now() ?? 0
    this.write(input)
    this.within(run)
  }

  /** The application calls. */
  call<Result>(call: Call, run: () => Result): Result {
    if (this.#depth === 0) this.#now = this.#environment?.now() ?? 0
    this.write(this.#depth > 0 ? { ...call, nested: true } : call)
    return this.within(run)
  }

  /** Runs what may call the application, or be called by it. */
  within<Result>(run: () => Result): Result {
    this.#depth++
    try {
      return run()
    } finally {
      this.#depth--
    }
  }

  /** The surroundings, at a moment when the client looks at them. */
  around(around: Surroundings): void {
    const sign = JSON.stringify(around)
    if (sign === this.#around) return
    this.#around = sign
    this.write({ is: 'around', around })
  }

  write(event: Input | Call | Output | Supply | Note): void {
    const written: TraceEvent = { at: this.#now - this.#began, ...event }
    this.#ring.push(written)
    for (const ear of this.#ears) ear(written)
  }

  /** An error as it is written down. A sentence may repeat values. */
  error({ code, message }: TracedError): TracedError {
    return { code, message: this.masked ? code : this.secrets.without(message) }
  }

  edit(edit: Edit): Edit {
    return this.secrets.cleaned(this.masked ? this.masked.edit(edit) : edit)
  }

  query(query: WireQuery): WireQuery {
    return this.secrets.cleaned(this.masked ? this.masked.query(query) : query)
  }

  preload(query: WireQuery, columns: readonly string[], rows: readonly (readonly Value[])[]) {
    const { masked } = this
    const told = masked ? rows.map((row) => masked.row(query.collection, columns, row)) : rows
    return this.secrets.cleaned({ query: this.query(query), columns, rows: told })
  }

  /** The key of a query holds its conditions. */
  key(key: string, query: WireQuery): string {
    return this.secrets.without(this.masked ? JSON.stringify(this.masked.query(query)) : key)
  }
}

/** Characters of what weighs something. */
function weightOf(event: TraceEvent): number {
  if (event.is === 'down' || event.is === 'up') return event.text.length
  return event.is === 'edit' ? JSON.stringify(event.edit).length : 0
}
