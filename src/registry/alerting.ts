import type { Breach } from '../core/alerts/figures.ts'
import type { AlertRules } from '../core/alerts/rules.ts'
import type { Log } from '../platform/log-line.ts'
import type { OpenAlert } from '../platform/objects.ts'
import type { Storage } from '../platform/platform.ts'
import { AlertBook } from './alert-book.ts'
import { messageOf, type Notice } from './alert-message.ts'
import { MessageRows } from './message-rows.ts'
import type { Message, Sent } from './webhook.ts'

/** Messages sent in one alarm: with a receiver that takes its time, far less than a run may last. */
const MAX_SENT = 50

/** Milliseconds after a failed alarm. */
const FAILED_PAUSE_MS = 10_000

/** The means to alert. Times are ms since 1970. */
type AlertingParts = {
  readonly storage: Storage
  readonly alerts: AlertRules
  /** Sends to the webhook, and never rejects. Undefined where there is none. */
  readonly send: ((message: Message, now: number) => Promise<Sent>) | undefined
  readonly newId: () => string
  readonly log: Log
  readonly now: () => number
}

/**
 * Alerts, from what objects report to a webhook that has taken it. At rest, with no alert cooling down and no message
 * waiting, no alarm is armed.
 *
 *   report --> alert book: state and message, one transaction --> alarm: sent until taken --> armed again
 */
export class Alerting {
  readonly #parts: AlertingParts
  readonly #book: AlertBook
  readonly #messages: MessageRows
  /** A receiver that has not answered is asked nothing before this, in ms since 1970. */
  #quietUntil = 0

  constructor(parts: AlertingParts) {
    this.#parts = parts
    this.#messages = new MessageRows(parts.storage)
    this.#book = new AlertBook(parts.storage, parts.alerts, (notice) => this.#tell(notice))
    this.#book.review(parts.now())
    this.#arm()
  }

  /** A tenant's object says which of its figures have reached their thresholds. */
  report(tenant: string, breaches: readonly Breach[]): void {
    this.#book.report(tenant, breaches, this.#parts.now())
    this.#arm()
  }

  /** The alerts that are not at rest. */
  get open(): OpenAlert[] {
    return this.#book.open
  }

  /** The alarm went off. Never throws: after some failed tries the platform would drop it for good. */
  async wentOff(): Promise<void> {
    const { storage, log, now } = this.#parts
    try {
      this.#book.review(now())
      for (const id of this.#messages.prune(now())) log('alert-dropped', { id })
      await this.#send()
      this.#arm()
    } catch (thrown) {
      log('alerting-failed', { error: String(thrown) })
      // Not at once: what fails may go on failing.
      void storage.setAlarm(now() + FAILED_PAUSE_MS)
    }
  }

  async #send(): Promise<void> {
    const { send, log, now } = this.#parts
    if (!send) return
    for (let sent = 0; sent < MAX_SENT && now() >= this.#quietUntil; sent++) {
      const message = this.#messages.next(now())
      if (!message) return
      const outcome = await send(message, now())
      if (outcome.is === 'taken') this.#messages.taken(message)
      else {
        const dueAt = this.#messages.failed(message, now())
        if (outcome.is === 'unanswered') this.#quietUntil = dueAt
        log('alert-not-taken', { id: message.id, failures: message.failures + 1, cause: outcome.why })
      }
    }
  }

  #tell(notice: Notice): void {
    const { alerts, send, newId, log, now } = this.#parts
    const { news, rule, tenant, count } = notice
    log(news === 'fired' ? 'alert-fired' : 'alert-resolved', {
      rule,
      tenants: count,
      ...(tenant !== '' && { tenant }),
    })
    if (!send) return
    const body = JSON.stringify(messageOf(alerts, notice, now()))
    this.#messages.put(JSON.stringify([rule, tenant]), { id: `msg_${newId()}`, body }, now())
  }

  #arm(): void {
    const { storage, send } = this.#parts
    const messageAt = send && this.#messages.dueAt
    const sendAt = messageAt && Math.max(messageAt, this.#quietUntil)
    const times = [this.#book.dueAt, sendAt].filter((at) => at !== undefined)
    if (times.length > 0) void storage.setAlarm(Math.min(...times))
  }
}
