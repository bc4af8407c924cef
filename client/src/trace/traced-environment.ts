import type { GetToken } from '../api/types.ts'
import type { Environment } from '../environment/environment.ts'
import type { OpenSocket, Socket } from '../environment/socket.ts'
import type { Link } from './link.ts'
import type { Recorder } from './recorder.ts'

/** The environment of a client, with all that it takes from there written down. */
export function tracedEnvironment(
  given: Environment,
  recorder: Recorder,
  link: Link,
  signs: () => boolean,
): Environment {
  const timers = new Map<number, number>()
  let turns = 0
  const look = () => {
    recorder.around({ online: link.isUp && given.isOnline(), visible: given.isVisible(), signs: signs() })
  }
  return {
    ...given,
    now: recorder.now,
    random() {
      const value = given.random()
      recorder.write({ is: 'random', value })
      return value
    },
    newId() {
      const id = given.newId()
      recorder.write({ is: 'id', id })
      return id
    },
    setTimer(ms, run) {
      const nth = (timers.get(ms) ?? 0) + 1
      timers.set(ms, nth)
      return given.setTimer(ms, () => recorder.input({ is: 'timer', ms, nth }, run))
    },
    soon(run) {
      const nth = ++turns
      given.soon(() => recorder.input({ is: 'turn', nth }, run))
    },
    onWake(listener) {
      const woke = () => recorder.input({ is: 'woke' }, listener)
      const stops = [given.onWake(woke), link.onChange(woke)]
      return () => {
        for (const stop of stops) stop()
      }
    },
    onHide: (listener) => given.onHide(() => recorder.input({ is: 'hidden' }, listener)),
    isOnline() {
      look()
      return link.isUp && given.isOnline()
    },
    isVisible() {
      look()
      return given.isVisible()
    },
    openSocket: tracedOpener(given.openSocket, recorder, link),
  }
}

function tracedOpener(open: OpenSocket, recorder: Recorder, link: Link): OpenSocket {
  let sockets = 0
  return (url, protocols, listener) => {
    const socket = ++sockets
    recorder.write({ is: 'socket', socket })
    const { secrets, frames } = recorder
    let stop = () => {}
    let isOver = false
    const end = () => {
      isOver = true
      stop()
    }
    const closed = (code: number) => {
      if (isOver) return
      end()
      recorder.input({ is: 'closed', socket, code }, () => listener.closed(code))
    }
    const opened: Socket | undefined = link.isUp
      ? open(url, protocols, {
          opened: (subprotocol) =>
            recorder.input({ is: 'opened', socket, subprotocol: secrets.without(subprotocol) }, () =>
              listener.opened(subprotocol),
            ),
          received: (text) =>
            recorder.input({ is: 'down', socket, text: frames.written(text), size: text.length }, () =>
              listener.received(text),
            ),
          closed,
        })
      : undefined
    // A link that is down to this client alone ends like one that was cut.
    stop = link.onDrop(() => {
      opened?.close()
      closed(ABNORMAL)
    })
    return {
      send(text) {
        recorder.write({ is: 'up', socket, text: frames.written(text), size: text.length })
        opened?.send(text)
      },
      close() {
        if (!isOver) recorder.write({ is: 'hung-up', socket })
        end()
        opened?.close()
      },
    }
  }
}

/** WebSocket's code for an end without a close frame. */
const ABNORMAL = 1006

/** Asks for tokens as the application gives them. None is written down: each has a number. */
export function tracedToken(getToken: GetToken, recorder: Recorder): GetToken {
  let asks = 0
  return (request) => {
    const ask = ++asks
    const answered = (token: string | null) => {
      const number = token === null ? null : recorder.secrets.numberOf(token)
      recorder.input({ is: 'token', ask, token: number }, () => {})
      return token
    }
    return Promise.resolve(request)
      .then(getToken)
      .then(answered, (thrown: unknown) => {
        const message = recorder.secrets.without(thrown instanceof Error ? thrown.message : String(thrown))
        const status = statusOf(thrown)
        const failure = { message: recorder.masked ? '' : message, ...(status !== undefined && { status }) }
        recorder.input({ is: 'no-token', ask, ...failure }, () => {})
        throw thrown
      })
  }
}

function statusOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('status' in thrown)) return undefined
  return typeof thrown.status === 'number' ? thrown.status : undefined
}
