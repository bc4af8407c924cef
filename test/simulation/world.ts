import { createHash } from 'node:crypto'
import { encode } from '../../src/protocol/codec.ts'
import { CLOSE } from '../../src/protocol/errors.ts'
import { Random } from '../support/random.ts'
import { TenantDatabase } from './database.ts'
import type { Link } from './link.ts'
import { writeOutside } from './outside.ts'
import type { Plan } from './plan.ts'
import { Postgres } from './postgres-port.ts'
import { SimulatedTenant } from './tenant.ts'
import { TenantChecker } from './tenant-checker.ts'
import { Timeline } from './timeline.ts'
import { type Role, verifyToken } from './tokens.ts'
import { Visitor } from './visitor.ts'

const ROLES = ['viewer', 'clerk', 'owner'] as const
const OUTAGE_MS = [100, 60_000] as const
const RESTORE_MS = [100, 20_000] as const

/** Characters of a name that an object makes up. */
const OBJECT_ID_LENGTH = 36

/** Milliseconds that an alarm is late at most, and how often it is late at all. */
const ALARM_LATE_MS = 5_000
const ALARM_LATE = 0.1

/** Milliseconds in which a client finds that its link is dead: a pause before a ping, and the wait for its answer. */
const LINK_DEATH_MS = 33_000

/** Milliseconds after which the object of somebody who is idle looks into Postgres, and finds what became of it. */
const LOOK_MS = 60_000

/** Milliseconds after the last fault in which everything has to come to rest. */
const HEALED_WITHIN_MS = { safety: 30 * 60_000, liveness: 30_000 + LINK_DEATH_MS + LOOK_MS }

/** Milliseconds for which everything has to rest. */
const REST_MS = 10_000

/** How a run went. */
export type Report = {
  readonly operations: number
  readonly events: number
  /** Virtual milliseconds. */
  readonly elapsed: number
  readonly crashes: number
  readonly wakes: number
  readonly violations: readonly string[]
  /** Names the whole course of the run: equal for equal plans. */
  readonly trace: string
}

type Place = {
  readonly tenant: SimulatedTenant
  readonly database: TenantDatabase
  readonly checker: TenantChecker
}

/** Tenants, their visitors, the network between them and Postgres behind, all in virtual time. */
export class World {
  readonly #plan: Plan
  readonly #timeline = new Timeline()
  readonly #random: Random
  readonly #postgres: Postgres
  readonly #places = new Map<string, Place>()
  #visitors = new Set<Visitor>()
  readonly #violations: string[] = []
  readonly #trace = createHash('sha256')
  #names = 0
  #operations = 0
  #events = 0
  #isHealed = false

  constructor(plan: Plan) {
    this.#plan = plan
    this.#random = new Random(plan.seed)
    this.#postgres = new Postgres({ timeline: this.#timeline, random: this.#random, plan })
    for (let i = 1; i <= plan.tenants; i++) this.#addTenant(`t${i}`)
    for (const name of this.#places.keys()) {
      for (let i = 1; i <= plan.clients; i++) this.#arrive(name, `p${i}`, this.#random.pick(ROLES))
    }
  }

  /** Runs the plan to its end, or to the first violation. */
  async run(): Promise<Report> {
    while (this.#operations < this.#plan.operations && this.#violations.length === 0) await this.#step()
    this.#heal()
    const until = this.#timeline.now + HEALED_WITHIN_MS[this.#plan.mode]
    let restingSince = this.#timeline.now
    // What is still on its way arrives while everything rests.
    while (this.#timeline.now < Math.min(until, restingSince + REST_MS) && this.#violations.length === 0) {
      await this.#step()
      if (!this.#isAtRest) restingSince = this.#timeline.now
    }
    if (this.#violations.length === 0) this.#finish()
    const tenants = [...this.#places.values()].map(({ tenant }) => tenant)
    for (const { storage } of tenants) storage.close()
    return {
      operations: this.#operations,
      events: this.#events,
      elapsed: this.#timeline.elapsed,
      crashes: tenants.reduce((sum, { crashes }) => sum + crashes, 0),
      wakes: tenants.reduce((sum, { wakes }) => sum + wakes, 0),
      violations: this.#violations,
      trace: this.#trace.digest('hex').slice(0, 16),
    }
  }

  async #step(): Promise<void> {
    this.#events++
    if (!(await this.#timeline.step())) throw new Error('nothing is to happen any more')
    for (const { tenant } of this.#places.values()) tenant.settle()
  }

  #failed(what: string): void {
    this.#violations.push(`at ${this.#timeline.elapsed} ms: ${what}`)
  }

  #addTenant(name: string): void {
    const failed = (what: string) => this.#failed(`${name}: ${what}`)
    const database = new TenantDatabase(failed)
    const tenant: SimulatedTenant = new SimulatedTenant(name, {
      timeline: this.#timeline,
      newId: () => this.#newId(OBJECT_ID_LENGTH),
      verify: (token) => verifyToken(token, this.#timeline.now),
      postgres: (calls) => this.#postgres.port(database, calls),
      alarmDelay: () => (this.#random.chance(ALARM_LATE) ? this.#random.whole(0, ALARM_LATE_MS) : 0),
      committed: (sent) => {
        checker.committed()
        for (const item of sent) this.#note(item.link.name, 'text' in item ? item.text : String(item.code))
      },
      failed,
    })
    const checker = new TenantChecker(tenant, database, failed)
    this.#places.set(name, { tenant, database, checker })
    if (this.#plan.rates.outside > 0) this.#writeOutsideLater(name)
  }

  #place(name: string): Place {
    const place = this.#places.get(name)
    if (!place) throw new Error(`there is no tenant ${name}`)
    return place
  }

  #arrive(tenant: string, subject: string, role: Role): void {
    const { checker } = this.#place(tenant)
    const visitor = new Visitor(
      { subject, tenant, role },
      {
        plan: this.#plan,
        timeline: this.#timeline,
        random: this.#random,
        newId: (length) => this.#newId(length),
        letIn: (link, token) => this.#letIn(link, token),
        history: () => checker.history,
        tenants: [...this.#places.keys()],
        failed: (what) => this.#failed(what),
        note: (who, what) => this.#note(who, what),
      },
    )
    this.#visitors.add(visitor)
    this.#actLater(visitor)
  }

  #actLater(visitor: Visitor): void {
    this.#timeline.after(this.#random.whole(...this.#plan.paceMs), () => {
      if (this.#isHealed) return
      this.#operations++
      visitor.act()
      this.#disturb(this.#place(visitor.who.tenant).tenant)
      if (this.#random.chance(this.#plan.rates.reload)) this.#replace(visitor)
      else this.#actLater(visitor)
    })
  }

  /** Another page of the same person takes the place of one. */
  #replace(visitor: Visitor): void {
    visitor.leave()
    this.#visitors.delete(visitor)
    this.#arrive(visitor.who.tenant, visitor.who.subject, visitor.person.role)
  }

  #disturb(tenant: SimulatedTenant): void {
    const { rates } = this.#plan
    const random = this.#random
    if (random.chance(rates.crashBefore)) tenant.crashNext('before commit')
    if (random.chance(rates.crashAfter)) tenant.crashNext('after commit')
    if (random.chance(rates.wiped)) tenant.wipe()
    if (random.chance(rates.replaced)) tenant.crash()
    if (random.chance(rates.sleep)) tenant.sleep()
    if (random.chance(rates.outage)) this.#beginOutage()
    if (random.chance(rates.restored)) this.#restoreLater(tenant.name)
  }

  /** Postgres is put back, some time from now, to what a tenant is in it at present. */
  #restoreLater(name: string): void {
    const restore = this.#place(name).database.backUp()
    this.#timeline.after(this.#random.whole(...RESTORE_MS), () => {
      if (!this.#isHealed) restore()
    })
  }

  #beginOutage(): void {
    if (this.#postgres.isDown) return
    this.#postgres.isDown = true
    this.#timeline.after(this.#random.whole(...OUTAGE_MS), () => {
      this.#postgres.isDown = false
    })
  }

  #writeOutsideLater(name: string): void {
    const { paceMs, rates } = this.#plan
    this.#timeline.after(this.#random.whole(...paceMs) / rates.outside, () => {
      if (this.#isHealed) return
      const { database, tenant } = this.#place(name)
      this.#operations++
      writeOutside(database, this.#random, this.#plan)
      if (this.#random.chance(rates.nudge)) tenant.nudge(this.#random.chance(rates.compare))
      this.#writeOutsideLater(name)
    })
  }

  /** As the Worker does: nobody gets to an object without a good token. */
  #letIn(link: Link, token: string): void {
    const verified = verifyToken(token, this.#timeline.now)
    if (!verified.ok) {
      link.sendDown(encode(['error', verified.error]))
      link.closeDown(CLOSE.auth)
      return
    }
    const { claims, expiresAt } = verified
    this.#place(claims.tenant).tenant.connect(link, { version: 1, claims, expiresAt })
  }

  /** Nothing fails any more that is to be mended, and nobody does anything. */
  #heal(): void {
    if (this.#plan.mode === 'liveness') {
      const [silent, deaf, ...others] = [...this.#visitors]
      if (others.length > 0) {
        silent?.fallSilent()
        deaf?.stopReading()
        this.#visitors = new Set(others)
      }
    }
    this.#isHealed = this.#postgres.isHealed = true
    this.#postgres.isDown = false
    for (const visitor of this.#visitors) visitor.heal()
    for (const { tenant } of this.#places.values()) tenant.nudge(false)
  }

  get #isAtRest(): boolean {
    return (
      [...this.#visitors].every((visitor) => visitor.isAtRest) &&
      [...this.#places.values()].every(
        (place) => place.checker.isDrained && (place.checker.isRead || !this.#isVisited(place)),
      )
    )
  }

  #isVisited({ tenant }: Place): boolean {
    return [...this.#visitors].some(({ who }) => who.tenant === tenant.name)
  }

  #finish(): void {
    if (!this.#isAtRest) {
      const visitors = [...this.#visitors].map(({ status }) => status)
      const places = [...this.#places].map(([name, { checker }]) => `${name} ${checker.status}`)
      this.#failed(
        `not at rest ${HEALED_WITHIN_MS[this.#plan.mode]} ms after the last fault: ${[...visitors, ...places].join('; ')}`,
      )
      return
    }
    for (const place of this.#places.values()) if (this.#isVisited(place)) place.checker.finished()
    for (const visitor of this.#visitors) visitor.finish(this.#place(visitor.who.tenant).database)
  }

  #note(who: string, what: string): void {
    this.#trace.update(`${this.#timeline.now} ${who} ${what}\n`)
  }

  /** A name that no other is, and that depends on the seed alone. */
  #newId(length: number): string {
    const drawn = this.#random.next().toString(36).slice(2)
    return `${(++this.#names).toString(36)}${drawn}`.padEnd(length, 'x').slice(0, length)
  }
}
