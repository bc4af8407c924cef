import { createHash } from 'node:crypto'
import { Random } from '../../../dev/harness/random.ts'
import { app } from '../../fixtures/board/sync.ts'
import type { Plan } from '../campaign/plan.ts'
import type { Report } from '../campaign/report.ts'
import {
  type Deed,
  drawScript,
  type Happening,
  type Incident,
  isOfBrowsers,
  isOperation,
  peopleOf,
  tenantsOf,
} from '../campaign/script.ts'
import { ClientChecker } from '../judge/client-checker.ts'
import { Coverage, type Fault, type Step } from '../judge/coverage.ts'
import { Judge } from '../judge/judge.ts'
import { judgeCompany, seesWhoIsThere } from '../judge/judge-company.ts'
import { TenantChecker } from '../judge/tenant-checker.ts'
import { drawBrowser } from '../people/browser.ts'
import type { PageBrowser } from '../people/page-browser.ts'
import { Visitor } from '../people/visitor.ts'
import type { Who } from '../people/visitor-port.ts'
import { Postgres } from '../postgres-model/postgres-port.ts'
import { TenantDatabase } from '../postgres-model/simulated-database.ts'
import { EARLIER_APP } from './earlier-app.ts'
import { FrontDoor } from './front-door.ts'
import { befall, STRIKES_LATER } from './incidents.ts'
import { OpenPages } from './open-pages.ts'
import { SimulatedTenant } from './tenant.ts'
import { Timeline } from './timeline.ts'
import { ROLES, type Role, tokenOf, verifyToken } from './tokens.ts'

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

/** External changes in one answer of Postgres: few, so that there are often more than that. */
const PAGE_SIZE = 2

/** Milliseconds for which everything has to rest. */
const REST_MS = 10_000

/** A hundred times what a run takes; some of it is there without any operation. */
const [EVENTS_PER_OPERATION, FEWEST_OPERATIONS] = [500, 40] as const

type Place = {
  readonly tenant: SimulatedTenant
  readonly database: TenantDatabase
  readonly checker: TenantChecker
  /** How far the object has asked Postgres to take its edits. */
  asked: number
}

/** Tenants, their visitors, the network between them and Postgres behind, all in virtual time. */
export class World {
  readonly #plan: Plan
  readonly #timeline = new Timeline()
  readonly #random: Random
  readonly #postgres: Postgres
  readonly #places = new Map<string, Place>()
  readonly #pages: OpenPages
  readonly #door = new FrontDoor(this.#timeline, (name) => this.#place(name).tenant)
  readonly #script: readonly Happening[]
  #played = 0
  readonly #judge = new Judge()
  readonly #coverage = new Coverage()
  readonly #trace = createHash('sha256')
  #names = 0
  #operations = 0
  #events = 0
  #isHealed = false
  /** Who reads nothing any more, and gives its links up for that. */
  #deaf: string | undefined
  /** When everything was mended, or somebody has signed in since. */
  #mendedAt = 0

  /** @param script what is to happen, as drawn from the plan unless it is given */
  constructor(plan: Plan, script: readonly Happening[] = drawScript(plan)) {
    this.#plan = plan
    this.#random = new Random(plan.seed)
    this.#pages = new OpenPages({
      timeline: this.#timeline,
      random: this.#random,
      newVisitor: (...given) => this.#newVisitor(...given),
    })
    this.#postgres = new Postgres({ timeline: this.#timeline, random: this.#random, plan })
    for (const tenant of tenantsOf(plan)) {
      this.#addTenant(tenant)
      for (const person of peopleOf(plan)) {
        const role = this.#random.pick(ROLES)
        this.#pages.begin({ tenant, subject: person, role }, this.#browserOf(tenant, person, role))
      }
    }
    this.#script = script
    for (const happening of this.#script) this.#timeline.after(happening.at, () => this.#play(happening))
  }

  /** Runs the plan to its end, or to the first violation. */
  async run(): Promise<Report> {
    while (this.#played < this.#script.length && !this.#judge.hasFailed) await this.#step()
    if (!this.#judge.hasFailed) this.#heal()
    const within = HEALED_WITHIN_MS[this.#plan.mode]
    this.#mendedAt = this.#timeline.now
    let restingSince = this.#timeline.now
    // What is still on its way arrives while everything rests.
    while (
      this.#timeline.now < Math.min(this.#mendedAt + within, restingSince + REST_MS) &&
      !this.#judge.hasFailed
    ) {
      await this.#step()
      if (!this.#isAtRest) restingSince = this.#timeline.now
    }
    if (!this.#judge.hasFailed) this.#finish()
    const tenants = [...this.#places.values()].map(({ tenant }) => tenant)
    for (const { storage } of tenants) storage.close()
    return {
      operations: this.#operations,
      events: this.#events,
      elapsed: this.#timeline.elapsed,
      crashes: tenants.reduce((sum, { crashes }) => sum + crashes, 0),
      wakes: tenants.reduce((sum, { wakes }) => sum + wakes, 0),
      violations: this.#judge.violations.map((told) => `at ${this.#timeline.elapsed} ms: ${told}`),
      checks: this.#judge.counts,
      coverage: this.#coverage,
      trace: this.#trace.digest('hex').slice(0, 16),
    }
  }

  async #step(): Promise<void> {
    this.#events++
    const limit = EVENTS_PER_OPERATION * Math.max(this.#plan.operations, FEWEST_OPERATIONS)
    // Something that goes on for ever would never come to an end by itself.
    if (this.#events > limit) this.#judge.check('G17', false, () => `${limit} events, and no end`)
    if (!(await this.#timeline.step())) throw new Error('nothing is to happen any more')
    for (const { tenant } of this.#places.values()) tenant.settle()
  }

  #addTenant(name: string): void {
    const judge = this.#judge.of(name)
    const database = new TenantDatabase(judge, PAGE_SIZE)
    const tenant: SimulatedTenant = new SimulatedTenant(name, this.#random.chance(0.5) ? EARLIER_APP : app, {
      timeline: this.#timeline,
      newId: () => this.#newId(OBJECT_ID_LENGTH),
      verify: (token) => verifyToken(token, this.#timeline.now),
      postgres: (calls, served) =>
        this.#postgres.port(database, {
          calls,
          app: served,
          asks: (upTo) => {
            this.#place(name).asked = upTo
          },
          lost: (what) => this.#strike(what, name),
        }),
      alarmDelay: () => (this.#random.chance(ALARM_LATE) ? this.#random.whole(0, ALARM_LATE_MS) : 0),
      committed: (sent) => {
        checker.committed()
        for (const item of sent) this.#note(item.link.name, 'text' in item ? item.text : String(item.code))
      },
      judge,
      crashing: (how) => this.#strike(how === 'before commit' ? 'crashBefore' : 'crashAfter', name),
    })
    const checker = new TenantChecker(tenant, database, judge)
    this.#places.set(name, { tenant, database, checker, asked: 0 })
  }

  #place(name: string): Place {
    const place = this.#places.get(name)
    if (!place) throw new Error(`there is no tenant ${name}`)
    return place
  }

  #browserOf(tenant: string, subject: string, role: Role) {
    const judge = this.#judge.of(`${tenant}-${subject}`)
    const history = () => this.#place(tenant).checker.history
    const inPostgres = () => this.#place(tenant).database
    const [plan, timeline] = [this.#plan, this.#timeline]
    return drawBrowser(`${tenant}/${subject}`, subject, { plan, timeline, role, history, inPostgres, judge })
  }

  #newVisitor(who: Who, browser: PageBrowser | undefined): Visitor {
    const { tenant } = who
    const { checker } = this.#place(tenant)
    const visitor: Visitor = new Visitor(who, {
      plan: this.#plan,
      timeline: this.#timeline,
      random: this.#random,
      newId: (length) => this.#newId(length),
      browser,
      letIn: (link, token) => this.#door.letIn(link, token),
      ask: (token, question, answered) => this.#door.ask(token, question, answered),
      reopened: () => {
        this.#mendedAt = this.#timeline.now
        this.#pages.replace(visitor)
      },
      turned: () => {
        this.#mendedAt = this.#timeline.now
      },
      sign: tokenOf,
      watch: (person, judge) =>
        new ClientChecker(person, {
          history: () => checker.history,
          pushed: (client, edit) => checker.said(client, edit),
          tenants: [...this.#places.keys()],
          held: browser?.held,
          judge,
        }),
      judge: this.#judge,
      glitched: (glitch) => this.#coverage.strike(glitch, this.#stepsOf(tenant, visitor)),
      note: (who, what) => this.#note(who, what),
    })
    if (this.#isHealed) visitor.heal()
    return visitor
  }

  #play(happening: Happening): void {
    this.#played++
    if (isOperation(happening)) this.#operations++
    if (happening.person === undefined) this.#befall(this.#place(happening.tenant), happening)
    else this.#visit(happening.tenant, happening.person, happening)
  }

  #visit(tenant: string, person: string, { what, seed }: { what: Deed; seed: number }): void {
    const visitor = this.#pages.chosen(tenant, person, what, new Random(seed))
    if (!visitor || (isOfBrowsers(what) && !visitor.browser)) return
    const strikes = what !== 'edit' && what !== 'ask' && !STRIKES_LATER.includes(what)
    if (strikes) this.#coverage.strike(what, this.#stepsOf(tenant, visitor))
    if (what !== 'reload' && what !== 'reopened') {
      const concerned = what === 'offline' ? this.#pages.beside(visitor) : [visitor]
      for (const page of concerned) page.befall({ what, seed })
      return
    }
    visitor.leave(new Random(seed))
    this.#pages.replace(visitor)
  }

  #befall({ tenant, database }: Place, { what, seed }: { what: Incident; seed: number }): void {
    const scene = {
      tenant,
      database,
      postgres: this.#postgres,
      plan: this.#plan,
      strike: (fault: Fault) => this.#strike(fault, tenant.name),
      restoreLater: (ms: number, how: 'restored' | 'moved') => this.#restoreLater(tenant.name, ms, how),
    }
    befall(scene, what, new Random(seed))
  }

  /** Postgres is put back, some time from now, to what a tenant is in it at present: the same cluster, or another. */
  #restoreLater(name: string, ms: number, what: 'restored' | 'moved'): void {
    const restore = this.#place(name).database.backUp()
    this.#timeline.after(ms, () => {
      if (this.#isHealed) return
      this.#strike(what, name)
      restore(what === 'moved')
    })
  }

  /** A fault strikes a tenant: whatever is under way there. */
  #strike(fault: Fault, name: string): void {
    const visitors = this.#pages.all.filter(({ who }) => who.tenant === name)
    const steps = visitors.flatMap((visitor) => this.#stepsOf(name, visitor))
    this.#coverage.strike(fault, steps)
  }

  #stepsOf(name: string, visitor: Visitor): Step[] {
    const { checker, asked } = this.#place(name)
    return visitor.steps((seq) => checker.stepOf(seq, asked))
  }

  /** Nothing fails any more that is to be mended, and nobody does anything. */
  #heal(): void {
    if (this.#plan.mode === 'liveness') {
      const all = this.#pages.all
      // A page that others speak over would take them with it.
      const [silent, deaf] = all.filter(({ browser }) => !browser?.tabs)
      if (silent && deaf && all.length > 2) {
        silent.fallSilent()
        deaf.stopReading()
        for (const gone of [silent, deaf]) this.#pages.forget(gone)
        this.#deaf = deaf.person.subject
      }
    }
    this.#isHealed = this.#postgres.isHealed = true
    this.#postgres.isDown = false
    for (const visitor of this.#pages.all) visitor.heal()
    for (const { tenant } of this.#places.values()) {
      // A crash that is yet to come would be one more fault.
      tenant.crashNext(undefined)
      tenant.nudge(false)
    }
  }

  get #isAtRest(): boolean {
    return (
      this.#pages.areOpen &&
      this.#pages.all.every(
        (visitor) => visitor.isAtRest && seesWhoIsThere(visitor, this.#pages.all, this.#deaf),
      ) &&
      [...this.#places.values()].every(
        (place) =>
          place.checker.isDrained && (place.checker.isRead || !this.#pages.isVisited(place.tenant.name)),
      )
    )
  }

  #finish(): void {
    judgeCompany(this.#pages.all, this.#deaf, this.#judge)
    const isAtRest = this.#isAtRest
    this.#judge.check('G17', isAtRest, () => {
      const visitors = this.#pages.all.map(({ status }) => status)
      const places = [...this.#places].map(([name, { checker }]) => `${name} ${checker.status}`)
      const course = [...visitors, ...places].join('; ')
      return `not at rest ${HEALED_WITHIN_MS[this.#plan.mode]} ms after the last fault: ${course}`
    })
    if (!isAtRest) return
    for (const place of this.#places.values())
      if (this.#pages.isVisited(place.tenant.name)) place.checker.finished()
    for (const visitor of this.#pages.all) {
      const { database, checker } = this.#place(visitor.who.tenant)
      const { epoch } = checker.history
      this.#judge.check('G14', visitor.knows(epoch), () => `${visitor.status} was not told of log ${epoch}`)
      visitor.finish(database)
      visitor.browser?.finished()
    }
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
