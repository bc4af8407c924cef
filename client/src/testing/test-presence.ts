import type { Application, Claims } from '../../../src/core/app/application.ts'
import { everybody } from '../../../src/core/presence/everybody.ts'
import { judgePresence } from '../../../src/core/presence/judge-presence.ts'
import { meetingOf, type RightsIn } from '../../../src/core/presence/meeting.ts'
import { asTold, newsSince, type Told } from '../../../src/core/presence/news.ts'
import { MAX_PEERS } from '../../../src/protocol/limits.ts'
import type { Presence as Said } from '../../../src/protocol/presence.ts'
import type { MemoryTenant } from './memory-tenant.ts'
import type { Wire } from './wire.ts'

type Port = {
  readonly application: Application
  readonly tenant: Pick<MemoryTenant, 'row'>
  readonly claimsOf: (wire: Wire) => Claims
  readonly rightsOf: (claims: Claims) => RightsIn
}

/**
 * The presence in a tenant in memory: who is where, by the rules of production. Nobody gives signs of life, as a
 * connection that goes is known to have gone.
 */
export class TestPresence {
  readonly #port: Port
  readonly #places = new Map<Wire, Said>()
  readonly #told = new Map<Wire, Told>()

  constructor(port: Port) {
    this.#port = port
  }

  /** A connection says where it is, and what it follows. */
  said(wire: Wire, said: Said): void {
    const error = judgePresence(this.#port.application.manifest, said)
    if (error) {
      wire.tell(['error', error])
      return
    }
    // Of what nobody followed, nothing is kept there, so all is told anew.
    if (this.#places.get(wire)?.of.length === 0) this.#told.delete(wire)
    this.#places.set(wire, said)
    this.tell()
  }

  /** Tells everybody what is new to them: somebody is elsewhere, or records are others. */
  tell(): void {
    for (const wire of this.#places.keys()) {
      if (!wire.over) continue
      this.#places.delete(wire)
      this.#told.delete(wire)
    }
    if (this.#places.size === 0) return
    const { application, tenant, claimsOf, rightsOf } = this.#port
    const sessions = [...this.#places].map(([wire, { at: places, of }]) => {
      const claims = claimsOf(wire)
      return { wire, of, claims, places, rights: rightsOf(claims) }
    })
    const meeting = meetingOf(everybody(application, sessions, (name, id) => tenant.row(name, id)))
    for (const { wire, of, claims, rights } of sessions) {
      const peers = meeting(of, rights)
        .filter(({ subject }) => subject !== claims.sub)
        .slice(0, MAX_PEERS)
      const told = this.#told.get(wire)
      const news = told ? newsSince(told, peers) : { all: true as const, peers }
      if (news) wire.tell(['peers', { signs: false, ...news }])
      this.#told.set(wire, asTold(peers))
    }
  }
}
