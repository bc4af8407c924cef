import type { Environment } from '../../../client/src/environment/environment.ts'
import type { SocketListener } from '../../../client/src/environment/socket.ts'
import type { Life } from '../disk/turns.ts'
import type { Clock } from '../world/timeline.ts'

type Port = Pick<Environment, 'openSocket' | 'fetch' | 'report'> & {
  readonly timeline: Clock
  readonly skewMs: number
  readonly random: () => number
  readonly newId: () => string
}

/** What a socket tells the page that has opened it. */
export function inPage(page: Life, { opened, received, closed }: SocketListener): SocketListener {
  return {
    opened: (subprotocol) => page.reach(() => opened(subprotocol)),
    received: (text) => page.reach(() => received(text)),
    closed: (code) => page.reach(() => closed(code)),
  }
}

/** What a page finds around it. Nothing of one that is over runs any more. */
export function pageEnvironment(page: Life, { timeline, skewMs, random, newId, ...port }: Port): Environment {
  const whileAlive = (run: () => void) => () => page.reach(run)
  return {
    ...port,
    now: () => timeline.now + skewMs,
    random,
    newId,
    setTimer: (ms, run) => timeline.after(ms, whileAlive(run)),
    soon: (run) => queueMicrotask(whileAlive(run)),
    onWake: () => () => {},
    onHide: () => () => {},
    isVisible: () => true,
    isOnline: () => true,
    page: 'https://simulated.example/',
  }
}
