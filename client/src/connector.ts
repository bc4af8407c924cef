import { type WireError, wireError } from '../../src/protocol/errors.ts'
import { BEARER_PREFIX, SUBPROTOCOL } from '../../src/protocol/version.ts'
import { type ConnectionEvent, type ConnectionState, transition } from './connection.ts'
import type { Environment } from './environment.ts'
import { Heartbeat } from './heartbeat.ts'
import { askToken } from './token.ts'
import type { Socket } from './transport.ts'
import type { ClientOptions } from './types.ts'

/** Milliseconds from the start of an opening to the server's welcome. */
export const OPENING_DEADLINE_MS = 10_000

/** WebSocket's code for an end without a close frame. */
const ABNORMAL = 1006

export type ConnectorPort = {
  opened(): void
  received(text: string): void
  /** The socket is gone. */
  ended(): void
  changed(): void
}

/** What connecting takes of the client's options. */
type Access = { readonly address: string; readonly getToken: ClientOptions['getToken'] }

type Link = { readonly socket: Socket; readonly heartbeat: Heartbeat }

/** Acts on the connection's states: tokens, sockets, timers. What follows from what is decided by `transition`. */
export class Connector {
  readonly #environment: Environment
  readonly #access: Access
  readonly #port: ConnectorPort
  readonly #stopListening: () => void
  #state: ConnectionState = { is: 'authorizing', failures: 0, reason: 'connect' }
  #link: Link | undefined
  /** Ends what the current state waits for: a timer or a token. */
  #cancelWaiting: () => void = () => {}
  #cancelRefresh: () => void = () => {}
  #lastError: WireError | undefined
  #rttMs: number | undefined
  #heardAt: number | undefined

  constructor(environment: Environment, access: Access, port: ConnectorPort) {
    this.#environment = environment
    this.#access = access
    this.#port = port
    this.#stopListening = environment.onWake(() => {
      this.#link?.heartbeat.probe()
      this.dispatch({ is: 'woke' })
    })
  }

  get state(): ConnectionState {
    return this.#state
  }

  get rttMs(): number | undefined {
    return this.#rttMs
  }

  get heardAt(): number | undefined {
    return this.#heardAt
  }

  /** Makes the first attempt. */
  start(): void {
    this.#enter(this.#state)
  }

  dispatch(event: ConnectionEvent): void {
    const { now, random } = this.#environment
    const next = transition(this.#state, event, { now: now(), random: random() })
    if (next === this.#state) return
    this.#state = next
    this.#enter(next)
    this.#port.changed()
  }

  send(text: string): void {
    this.#link?.socket.send(text)
  }

  /** Keeps what the server said last, for when it closes. */
  note(error: WireError): void {
    this.#lastError = error
  }

  /** The socket is of no use any more. */
  drop(error?: WireError): void {
    if (this.#link) this.#dropped(ABNORMAL, error)
  }

  /** Asks for a fresh token while connected. */
  refreshToken(use: (token: string) => void): void {
    this.#cancelRefresh()
    this.#cancelRefresh = askToken(this.#access, 'expiring', this.#environment, (answer) => {
      // Without one the socket ends with the token, and connecting asks again.
      if ('token' in answer) use(answer.token)
    })
  }

  #enter(state: ConnectionState): void {
    if (state.is === 'catching-up' || state.is === 'live') {
      this.#cancelWaiting()
      return
    }
    this.#cancelWaiting()
    this.#endLink()
    switch (state.is) {
      case 'waiting': {
        const inMs = Math.max(0, state.retryAt - this.#environment.now())
        this.#cancelWaiting = this.#environment.setTimer(inMs, () => this.dispatch({ is: 'due' }))
        return
      }
      case 'authorizing':
        this.#cancelWaiting = askToken(this.#access, state.reason, this.#environment, (answer) => {
          if ('token' in answer) this.dispatch({ is: 'token', token: answer.token })
          else if ('error' in answer) this.dispatch({ is: 'token-failed', error: answer.error })
          else this.dispatch({ is: 'nobody' })
        })
        return
      case 'opening':
        this.#open(state.token)
        return
      case 'closed':
        this.#stopListening()
        return
      case 'needs-auth':
      case 'update-required':
        return
    }
  }

  #open(token: string): void {
    const { address } = this.#access
    this.#cancelWaiting = this.#environment.setTimer(OPENING_DEADLINE_MS, () =>
      this.#dropped(ABNORMAL, wireError('busy', 'The server did not answer in time.')),
    )
    const heartbeat = new Heartbeat({
      now: this.#environment.now,
      random: this.#environment.random,
      setTimer: this.#environment.setTimer,
      send: (text) => socket.send(text),
      measured: (rttMs) => {
        this.#rttMs = rttMs
        this.#port.changed()
      },
      dead: () => this.#dropped(ABNORMAL),
    })
    const current = () => this.#link?.socket === socket
    const socket = this.#environment.openSocket(address, [SUBPROTOCOL, BEARER_PREFIX + token], {
      opened: () => {
        if (!current()) return
        heartbeat.start()
        this.#port.opened()
      },
      received: (text) => {
        if (!current()) return
        this.#heardAt = this.#environment.now()
        if (heartbeat.heard(text)) return
        // Only an error that nothing follows is the reason of a close.
        this.#lastError = undefined
        this.#port.received(text)
      },
      closed: (code) => {
        if (current()) this.#dropped(code)
      },
    })
    this.#link = { socket, heartbeat }
  }

  #dropped(code: number, error = this.#lastError): void {
    this.dispatch({ is: 'dropped', code, ...(error && { error }) })
  }

  #endLink(): void {
    const link = this.#link
    if (!link) return
    this.#link = undefined
    this.#lastError = undefined
    this.#cancelRefresh()
    link.heartbeat.stop()
    link.socket.close()
    this.#port.ended()
  }
}
