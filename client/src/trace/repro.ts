import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import type { TraceEvent } from './event.ts'
import type { End } from './picture.ts'
import type { MadeOf, Tracer } from './tracer.ts'

/** The version of a repro's form. */
export const REPRO_VERSION = 1

/** A client's session, as one developer hands it to another: with it, `replay` has another client live it again. */
export type Repro = {
  readonly repro: typeof REPRO_VERSION
  readonly protocol: number
  /** When the client was made, in milliseconds since 1970; the times of events count from there. */
  readonly began: number
  readonly madeOf: MadeOf
  /** Values are not those that there were. */
  readonly masked: boolean
  /** All since the client was made is here; what is not can be read, and not be replayed. */
  readonly whole: boolean
  readonly events: readonly TraceEvent[]
  readonly end: End
}

/** The session of a client up to now. Undefined before there is a client. */
export function reproOf({ recorder, picture, madeOf }: Tracer): Repro | undefined {
  if (!madeOf) return undefined
  return {
    repro: REPRO_VERSION,
    protocol: PROTOCOL_VERSION,
    began: recorder.began,
    madeOf,
    masked: recorder.masked !== undefined,
    whole: recorder.isWhole,
    events: recorder.events,
    end: picture.end,
  }
}
