import { LogPlace } from './devtools/log-place.ts'
import { Panel } from './devtools/panel.ts'
import type { Trace } from './parts/trace.ts'
import type { RecorderOptions } from './trace/recorder.ts'
import { type Repro, reproOf } from './trace/repro.ts'
import { Tracer } from './trace/tracer.ts'

export type { TraceEvent } from './trace/event.ts'
export type { Mask, MaskedPlace } from './trace/mask.ts'
export type { RecorderOptions as DevtoolsOptions } from './trace/recorder.ts'
export type { Repro } from './trace/repro.ts'

/** The trace of a client, for `createClient`, and what developers do with it. */
export type Devtools = Trace & {
  /**
   * Shows a button in a corner of the page, which opens a panel; so does Alt+Shift+D. Of several clients the one that was
   * mounted last has the place. Returns how to take it away.
   */
  readonly mount: (parent: Element) => () => void
  /** The session up to now, which `replay` of `@tidemark/client/testing` lives again. Undefined before there is a client. */
  readonly repro: () => Repro | undefined
  /** Takes the network from the client, or gives it back. */
  readonly setOnline: (isOnline: boolean) => void
}

/** The panels that are shown, by where they are. */
const shown = new WeakMap<Element, Panel>()

/**
 * Writes down what one client is told and does, and shows it. For development: it keeps frames and values in memory, and
 * never a token.
 *
 * @example
 * const tools = devtools()
 * const db = createClient<App>({ url: '/', tenant, getToken, trace: tools })
 * tools.mount(document.body)
 */
export function devtools(options: RecorderOptions = {}): Devtools {
  const tracer = new Tracer(options)
  const place = new LogPlace()
  tracer.recorder.listen((event) => place.heard(event))
  const { begin, made, asked, edit, tried } = tracer
  return {
    begin,
    made,
    asked,
    edit,
    tried,
    mount(parent) {
      shown.get(parent)?.remove()
      const panel = new Panel(tracer, place)
      shown.set(parent, panel)
      parent.append(panel.host)
      return () => panel.remove()
    },
    repro: () => reproOf(tracer),
    setOnline: (isOnline) => tracer.link.turn(isOnline),
  }
}
