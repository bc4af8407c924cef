import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import { BEARER_PREFIX, PROTOCOL_VERSION, SUBPROTOCOLS, versionOf } from '../../../src/protocol/version.ts'
import type { GetToken } from '../api/types.ts'
import type { Environment } from '../environment/environment.ts'
import type { Socket } from '../environment/socket.ts'
import { backoffMs } from './backoff.ts'
import { type ConnectionEvent, type ConnectionState, transition } from './connection.ts'
import { BACK_ANSWER_MS, Heartbeat, IN_FRONT, WAKE_ANSWER_MS } from './heartbeat.ts'
import { askToken } from './token.ts'

/** Milliseconds from the start of an opening to the server's welcome. */
export const OPENING_DEADLINE_MS = 10_000

/** WebSocket's code for an end without a close frame. */
const ABNORMAL = 1006

export type ConnectorPort = {
  /** `version` is the one of the protocol that the server chose. */
  opened(version: number): void
  received(text: string): void
  /** The socket is gone. */
  ended(): void
  /** Does the server count on a sign of life every few seconds? */
  signs(): boolean
  changed(): void
}

/** What connecting takes of the client's options. */
type Access = { readonly address: string; readonly getToken: GetToken }

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
  /** What went wrong since it was live last, or with the token since then. */
  #trouble: WireError | undefined
  #token = ''
  /** How many links in a row were given up because of their silence. */
  #silences = 0
  /** There was no network, and nothing has been heard since. */
  #doubted = false
  /** The page looked at its link, and has heard nothing since. */
  #looking = false
  /** Gives up the attempt's last respite, if it has one. */
  #cancelRespite: (() => void) | undefined
  #rttMs: number | undefined
  #heardAt: number | undefined

  constructor(environment: Environment, access: Access, port: ConnectorPort) {
    this.#environment = environment
    this.#access = access
    this.#port = port
    this.#doubted = !environment.isOnline()
    this.#stopListening = environment.onWake(() => this.#look())
  }

  get state(): ConnectionState {
    return this.#state
  }

  get trouble(): WireError | undefined {
    return this.#trouble
  }

  /** There is no network, or there was none and it is not known yet that there is one. */
  get cutOff(): boolean {
    return this.#doubted && (this.#link !== undefined || !this.#environment.isOnline())
  }

  /** The token of the connection, while it is live. */
  get token(): string | undefined {
    return this.#state.is === 'live' ? this.#token : undefined
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
    if (next.is === 'live') {
      this.#silences = 0
      this.#link?.heartbeat.start()
    }
    if ('error' in next) this.#trouble = next.error
    else if (next.is === 'live' || next.is === 'closed') this.#trouble = undefined
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
  refreshToken(use: (token: string) => void, failures = 0): void {
    this.#cancelRefresh()
    this.#cancelRefresh = askToken(this.#access, 'expiring', this.#environment, (answer) => {
      if ('token' in answer) {
        this.#trouble = undefined
        // The same one again ends when it ends; the server has nothing to learn from it.
        if (answer.token !== this.#token) use(answer.token)
        this.#token = answer.token
      } else if ('error' in answer) {
        const pauseMs = backoffMs(failures + 1, this.#environment.random())
        this.#cancelRefresh = this.#environment.setTimer(pauseMs, () => this.refreshToken(use, failures + 1))
        this.#trouble = answer.error
        // With nobody signed in the socket ends with its token, and connecting asks again.
      } else this.#trouble = answer.nobody
      this.#port.changed()
    })
  }

  /** Somebody may look at the page, or the network has come or gone: is the link what it was? */
  #look(): void {
    const isOnline = this.#environment.isOnline()
    if (!isOnline) this.#doubted = true
    this.#looking = true
    // A link that is known to be slow is not dead for being so.
    const slowMs = Math.min(IN_FRONT.answerMs, 2 * (this.#rttMs ?? 0))
    const answerMs = isOnline && this.#doubted ? BACK_ANSWER_MS : Math.max(WAKE_ANSWER_MS, slowMs)
    this.#link?.heartbeat.probe(answerMs)
    if (isOnline) {
      this.#hurry(answerMs)
      this.dispatch({ is: 'woke' })
    }
    this.#port.changed()
  }

  /** Gives an attempt that was under way before the page looked the time of a probe, and no more. */
  #hurry(answerMs: number): void {
    const attempt = this.#state
    if (attempt.is !== 'authorizing' && attempt.is !== 'opening') return
    this.#cancelRespite ??= this.#environment.setTimer(answerMs, () => this.dispatch({ is: 'stuck' }))
  }

  #enter(state: ConnectionState): void {
    this.#endRespite()
    this.#cancelWaiting()
    if (state.is === 'catching-up' || state.is === 'live') return
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
          else this.dispatch({ is: 'nobody', error: answer.nobody })
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

  #endRespite(): void {
    this.#cancelRespite?.()
    this.#cancelRespite = undefined
  }

  #open(token: string): void {
    const { address } = this.#access
    this.#token = token
    this.#looking = false
    this.#doubted = !this.#environment.isOnline()
    this.#cancelWaiting = this.#environment.setTimer(OPENING_DEADLINE_MS, () =>
      this.#dropped(ABNORMAL, wireError('no-answer', 'The server did not answer in time.')),
    )
    const { now, random, setTimer } = this.#environment
    const heartbeat = new Heartbeat({
      now,
      random,
      setTimer,
      isInFront: () => this.#state.is === 'live' && this.#environment.isVisible(),
      signs: () => this.#port.signs(),
      // A link so slow that it carries one frame for longer than an answer may take comes to an end of it.
      patience: () => 2 ** this.#silences,
      send: (text) => socket.send(text),
      measured: (rttMs) => {
        this.#rttMs = rttMs
        this.#port.changed()
      },
      dead: () => {
        this.#silences++
        this.#dropped(ABNORMAL, wireError('no-answer', 'The connection does not answer any more.'))
        // Somebody has come back, or their network has: that is no storm, and nobody is kept waiting.
        if (this.#looking && this.#environment.isOnline()) this.dispatch({ is: 'woke' })
      },
    })
    const current = () => this.#link?.socket === socket
    const socket = this.#environment.openSocket(address, [...SUBPROTOCOLS, BEARER_PREFIX + token], {
      opened: (subprotocol) => {
        if (!current()) return
        heartbeat.start()
        // A hello says which version it is in, should something on the way have kept the choice to itself.
        this.#port.opened(versionOf(subprotocol) || PROTOCOL_VERSION)
      },
      received: (text) => {
        if (!current()) return
        this.#heardAt = now()
        this.#looking = false
        this.#believe()
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

  /** Something was heard, so there is a network, whatever was said before. */
  #believe(): void {
    if (!this.#doubted || !this.#environment.isOnline()) return
    this.#doubted = false
    this.#port.changed()
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
