import { Random } from '../../../dev/harness/random.ts'
import { until } from '../../../dev/harness/until.ts'
import type { Plan } from '../campaign/plan.ts'
import {
  drawScript,
  type Happening,
  isOfBrowsers,
  isOperation,
  peopleOf,
  tenantsOf,
} from '../campaign/script.ts'
import { type Counts, Judge } from '../judge/judge.ts'
import type { Person } from '../people/person.ts'
import { Visitor } from '../people/visitor.ts'
import type { Clock } from '../world/timeline.ts'
import { ROLES, type Role } from '../world/tokens.ts'
import { externalStatement } from './external-statement.ts'
import type { Ground } from './ground.ts'
import { type Course, isSettled, judgeStored } from './judge-stored.ts'
import { Recorder } from './recorder.ts'

/** Real milliseconds after which what has not come to rest since the last fault never will. */
const REST_WITHIN_MS = 900_000

/** How a plan went on real parts. */
export type RealReport = {
  readonly operations: number
  /** Entries of all logs. */
  readonly edits: number
  readonly checks: Counts
  readonly violations: readonly string[]
}

type Client = { readonly person: Person; readonly recorder: Recorder }

/** Plays a plan with real clients on real parts, and judges afterwards what everybody was told. */
export class RealWorld {
  readonly #plan: Plan
  readonly #ground: Ground
  readonly #clock: Clock
  readonly #name: string
  readonly #random: Random
  readonly #judge: Judge
  readonly #visitors = new Map<string, Visitor>()
  readonly #clients = new Map<string, Client[]>()
  #names = 0
  #operations = 0

  /** @param name is put before the plan's tenants, so that several plans can be played on one ground */
  constructor(plan: Plan, { ground, clock, name }: { ground: Ground; clock: Clock; name: string }) {
    this.#plan = plan
    this.#ground = ground
    this.#clock = clock
    this.#name = name
    this.#random = new Random(plan.seed)
    this.#judge = new Judge(`seed ${plan.seed}`)
    for (const tenant of tenantsOf(plan))
      for (const person of peopleOf(plan)) this.#arrive(tenant, person, this.#random.pick(ROLES))
  }

  async run(): Promise<RealReport> {
    try {
      // What is in Postgres before a tenant is loaded is in no log.
      await until('everybody is there', () => this.#areAtRest(), REST_WITHIN_MS)
      const begun = this.#clock.now
      let struck: Promise<void> = Promise.resolve()
      for (const happening of drawScript(this.#plan)) {
        await this.#passed(begun + happening.at)
        if (isOperation(happening)) this.#operations++
        // One fault at a time; what people do goes on meanwhile.
        if (happening.person === undefined) {
          await struck
          struck = this.#befall(happening)
        } else this.#visit(happening)
      }
      await struck
      return await this.#end()
    } finally {
      // Also those that went away without a word, and would try to connect for ever.
      for (const { person } of [...this.#clients.values()].flat()) person.db.close()
    }
  }

  async #end(): Promise<RealReport> {
    await this.#ground.heal()
    for (const visitor of this.#visitors.values()) visitor.heal()
    for (const tenant of this.#tenants) await this.#ground.strike('nudge', tenant, this.#random)
    const rests = await until('everything rests', () => this.#areAtRest(), REST_WITHIN_MS).catch(() => false)
    this.#judge.check('G17', rests === true, () =>
      [...this.#visitors.values()].map(({ status }) => status).join('; '),
    )
    let edits = 0
    if (rests) for (const tenant of this.#tenants) edits += await this.#judgeTenant(tenant)
    const { counts, violations } = this.#judge
    return { operations: this.#operations, edits, checks: counts, violations }
  }

  async #judgeTenant(tenant: string): Promise<number> {
    const { stored, inPostgres } = await this.#settled(tenant)
    const visitors = [...this.#visitors.values()].filter(({ who }) => who.tenant === tenant)
    const isSettledNow = isSettled(stored, inPostgres)
    this.#judge.check('G16', isSettledNow, () => `${tenant}: object and Postgres do not come to the same`)
    for (const visitor of visitors) {
      const knows = visitor.knows(stored.epoch)
      this.#judge.check('G14', knows, () => `${visitor.status} was not told of log ${stored.epoch}`)
      visitor.finish(inPostgres)
    }
    const clients = this.#clients.get(tenant) ?? []
    judgeStored({ stored, inPostgres, clients, tenants: this.#tenants }, this.#judge.of(tenant))
    return stored.entries.length
  }

  /** What is stored once nothing is under way between the object and Postgres any more. */
  async #settled(tenant: string): Promise<Pick<Course, 'stored' | 'inPostgres'>> {
    const deadline = Date.now() + REST_WITHIN_MS
    for (;;) {
      const stored = await this.#ground.stored(tenant)
      const inPostgres = await this.#ground.inPostgres(tenant)
      // What never settles is told by the judge.
      if (isSettled(stored, inPostgres) || Date.now() > deadline) return { stored, inPostgres }
    }
  }

  #areAtRest(): boolean {
    return [...this.#visitors.values()].every(({ isAtRest }) => isAtRest)
  }

  get #tenants(): string[] {
    return tenantsOf(this.#plan).map((tenant) => this.#called(tenant))
  }

  #called(tenant: string): string {
    return `${this.#name}-${tenant}`
  }

  #arrive(tenant: string, subject: string, role: Role): void {
    const called = this.#called(tenant)
    const { connect, sign } = this.#ground
    const visitor = new Visitor(
      { subject, tenant: called, role },
      {
        plan: this.#plan,
        timeline: this.#clock,
        random: this.#random,
        newId: (length) => this.#newId(length),
        letIn: connect,
        // Nobody shares a page on real parts.
        turned: () => undefined,
        sign,
        watch: (person) => {
          const recorder = new Recorder()
          this.#clients.set(called, [...(this.#clients.get(called) ?? []), { person, recorder }])
          return recorder
        },
        judge: this.#judge,
        glitched: () => {},
        note: () => {},
      },
    )
    this.#visitors.set(`${tenant}/${subject}`, visitor)
  }

  #visit({ tenant, person, what, seed }: Extract<Happening, { person: string }>): void {
    const visitor = this.#visitors.get(`${tenant}/${person}`)
    if (!visitor) throw new Error(`nobody is called ${person}`)
    // Nobody's browser keeps pages on real parts.
    if (isOfBrowsers(what)) return
    if (what !== 'reload') {
      visitor.befall({ what, seed })
      return
    }
    visitor.leave(new Random(seed))
    this.#arrive(tenant, person, visitor.person.role)
  }

  async #befall({ tenant, what, seed }: Exclude<Happening, { person: string }>): Promise<void> {
    const random = new Random(seed)
    const called = this.#called(tenant)
    if (what !== 'external') return this.#ground.strike(what, called, random)
    const { records } = this.#plan
    return this.#ground.writeExternal(externalStatement(random, { tenant: called, records }))
  }

  #passed(at: number): Promise<void> {
    return new Promise((resolve) => void this.#clock.after(Math.max(0, at - this.#clock.now), resolve))
  }

  /** A name that no other is. */
  #newId(length: number): string {
    const drawn = this.#random.next().toString(36).slice(2)
    return `${(++this.#names).toString(36)}${drawn}${this.#name}`.padEnd(length, 'x').slice(0, length)
  }
}
