/**
 * Counts what keeps objects awake. The Worker and all of its objects run in one isolate here, so they
 * share these numbers.
 */
export const counts = {
  /** Timers that were started. */
  timers: 0,
  /** Times that a timer went off. The deadline of a call that is answered never does. */
  fired: 0,
  /** Timers that have neither gone off nor been cleared. */
  pending: 0,
  /** Alarms that went off. */
  alarms: 0,
  /** Requests and sockets to other servers. */
  outgoing: 0,
  /** Times that an object was made, or came back into memory. */
  woken: 0,
  /** Rows that objects wrote into their SQLite, those of indexes included. */
  rows: 0,
}

const pending = new Set<unknown>()

function begin<Timer>(timer: Timer): Timer {
  counts.timers += 1
  pending.add(timer)
  counts.pending = pending.size
  return timer
}

function end(timer: unknown): void {
  pending.delete(timer)
  counts.pending = pending.size
}

type Call = (args: unknown[]) => unknown

/** The same function, but `handle` decides what becomes of a call. */
function around<Original extends (...args: never[]) => unknown>(
  original: Original,
  handle: (call: Call, args: unknown[]) => unknown,
): Original {
  return new Proxy(original, {
    apply: (target, self, args) => handle((changed) => Reflect.apply(target, self, changed), args),
  })
}

function once(start: Call, [callback, ...rest]: unknown[]): unknown {
  const timer = begin(start([counted(callback, () => end(timer)), ...rest]))
  return timer
}

function repeated(start: Call, [callback, ...rest]: unknown[]): unknown {
  return begin(start([counted(callback, () => {}), ...rest]))
}

/** A timer's callback, counted when it runs. */
function counted(callback: unknown, before: () => void) {
  return (...args: unknown[]) => {
    counts.fired += 1
    before()
    if (typeof callback === 'function') callback(...args)
  }
}

/** A signal that ends by itself has no callback and cannot be cleared: it counts as pending for good. */
function signal(start: Call, args: unknown[]): unknown {
  return begin(start(args))
}

function cleared(clear: Call, args: unknown[]): unknown {
  end(args[0])
  return clear(args)
}

function outgoing(call: Call, args: unknown[]): unknown {
  counts.outgoing += 1
  return call(args)
}

/** Begins to count, for everything that looks these functions up when it calls them. */
export function watchGlobals(): void {
  globalThis.setTimeout = around(setTimeout, once)
  globalThis.setImmediate = around(setImmediate, once)
  globalThis.setInterval = around(setInterval, repeated)
  globalThis.clearTimeout = around(clearTimeout, cleared)
  globalThis.clearInterval = around(clearInterval, cleared)
  globalThis.clearImmediate = around(clearImmediate, cleared)
  AbortSignal.timeout = around(AbortSignal.timeout, signal)
  globalThis.fetch = around(fetch, outgoing)
  globalThis.WebSocket = new Proxy(WebSocket, {
    construct(target, args) {
      counts.outgoing += 1
      return Reflect.construct(target, args)
    },
  })
}
