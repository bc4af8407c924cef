import { encode } from '../../../src/protocol/codec/codec.ts'
import { CLOSE } from '../../../src/protocol/errors.ts'
import type { Ask } from '../people/asking.ts'
import type { Link } from './link.ts'
import type { SimulatedTenant } from './tenant.ts'
import type { Clock } from './timeline.ts'
import { verifyToken } from './tokens.ts'

/** The way in, as the Worker keeps it: nobody gets to an object, or is told anything, without a good token. */
export class FrontDoor {
  readonly #clock: Clock
  readonly #tenantOf: (name: string) => SimulatedTenant

  constructor(clock: Clock, tenantOf: (name: string) => SimulatedTenant) {
    this.#clock = clock
    this.#tenantOf = tenantOf
  }

  letIn(link: Link, token: string): void {
    const verified = verifyToken(token, this.#clock.now)
    if (!verified.ok) {
      link.sendDown(encode(['error', verified.error]))
      link.closeDown(CLOSE.auth)
      return
    }
    const { claims, expiresAt, marks } = verified
    this.#tenantOf(claims.tenant).connect(link, { version: 1, claims, expiresAt, marks })
  }

  ask(...[token, question, answered]: Parameters<Ask>): void {
    const verified = verifyToken(token, this.#clock.now)
    if (!verified.ok) {
      answered({ status: 401, text: JSON.stringify(verified.error) })
      return
    }
    this.#tenantOf(verified.claims.tenant).ask(verified, question, (answer) => {
      if (answer.is === 'told') answered({ status: 200, text: answer.text })
      else answered({ status: 400, text: JSON.stringify(answer.is === 'refused' ? answer.error : {}) })
    })
  }
}
