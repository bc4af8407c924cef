import { SIGN_EVERY_MS } from '../../../src/protocol/limits.ts'
import type { Environment } from '../environment/environment.ts'
import { PING, PONG } from '../transport/ping.ts'

/**
 * Milliseconds of silence before a ping, and those it may stay without any answer before the link counts as
 * dead. In front of somebody a link that says nothing is found out within ten seconds, for 720 pings an hour;
 * each is 16 bytes of payload, and is answered while the tenant sleeps.
 */
export const IN_FRONT = { quietMs: 5_000, answerMs: 4_000 }

/**
 * The same where nobody looks, and where nobody is told that all is well: below the 30 s after which some proxies
 * drop a quiet socket, and long enough for a server that has many to answer at once.
 */
export const BEHIND = { quietMs: 25_000, answerMs: 8_000 }

/** The part of the silence that chance may take off, so that clients do not ask all at once. */
export const SPREAD = 0.2

/** Milliseconds for the answer after the page was woken: somebody has just come back to look. */
export const WAKE_ANSWER_MS = 2_000

/** Milliseconds for it after there was no network: a link seldom outlives that, and all were cut off meanwhile. */
export const BACK_ANSWER_MS = 1_000

/** Milliseconds that no answer is waited for longer than. */
const LONGEST_MS = 30_000

/** Milliseconds after which a ping is sent on a link that is never quiet: the server counts on a sign of life. */
const SIGN_MS = 60_000

/** A timer that is later than this, in ms, was held up by sleep, and says nothing of the link. */
const OVERSLEPT_MS = 1_000

type Port = Pick<Environment, 'now' | 'random' | 'setTimer'> & {
  /** Does somebody look at the page, who is told that the link is live? */
  readonly isInFront: () => boolean
  readonly send: (text: string) => void
  readonly measured: (rttMs: number) => void
  readonly dead: () => void
  /** Does the server count on a sign of life every few seconds, also over a link that is never quiet? */
  readonly signs: () => boolean
  /** How many times as long as usual an answer may take; 1 where the last link did not die of silence. */
  readonly patience: () => number
}

/** What a link is doing: quiet until the next ping, or waiting for an answer to one. */
type Phase =
  | { readonly is: 'stopped' }
  | { readonly is: 'quiet'; readonly cancel: () => void }
  | { readonly is: 'asked'; readonly at: number; readonly deadline: number; readonly cancel: () => void }

/**
 * Finds out that a link is dead. A half-open socket reports nothing by itself: it takes what is sent
 * and stays silent.
 */
export class Heartbeat {
  readonly #port: Port
  #phase: Phase = { is: 'stopped' }
  #askedAt = 0

  constructor(port: Port) {
    this.#port = port
  }

  /** Begins, or goes on at another pace. */
  start(): void {
    this.#askedAt = this.#port.now()
    this.#rest()
  }

  stop(): void {
    if (this.#phase.is !== 'stopped') this.#phase.cancel()
    this.#phase = { is: 'stopped' }
  }

  /** Something arrived, so the link lives. Returns true when it was the answer to a ping. */
  heard(text: string): boolean {
    const phase = this.#phase
    const isPong = text === PONG
    if (phase.is === 'stopped') return isPong
    if (isPong && phase.is === 'asked') this.#port.measured(this.#port.now() - phase.at)
    this.#rest()
    return isPong
  }

  /** Asks now, for an answer within so many ms: the link may be long gone. */
  probe(answerMs: number): void {
    const phase = this.#phase
    if (phase.is === 'stopped') return
    const at = this.#port.now()
    const deadline = at + Math.min(LONGEST_MS, answerMs * this.#port.patience())
    if (phase.is === 'asked' && phase.deadline <= deadline) return
    phase.cancel()
    this.#askedAt = at
    const cancel = this.#port.setTimer(deadline - at, () => this.#unanswered(deadline))
    this.#phase = { is: 'asked', at, deadline, cancel }
    this.#port.send(PING)
  }

  #unanswered(deadline: number): void {
    if (this.#port.now() > deadline + OVERSLEPT_MS) {
      this.#rest()
      this.probe(WAKE_ANSWER_MS)
      return
    }
    this.#phase = { is: 'stopped' }
    this.#port.dead()
  }

  get #pace(): { readonly quietMs: number; readonly answerMs: number } {
    return this.#port.isInFront() ? IN_FRONT : BEHIND
  }

  #rest(): void {
    this.stop()
    const { quietMs, answerMs } = this.#pace
    const quietFor = quietMs * (1 - SPREAD * this.#port.random())
    const signIn = this.#askedAt + (this.#port.signs() ? SIGN_EVERY_MS : SIGN_MS) - this.#port.now()
    const ms = Math.max(0, Math.min(quietFor, signIn))
    this.#phase = { is: 'quiet', cancel: this.#port.setTimer(ms, () => this.probe(answerMs)) }
  }
}
