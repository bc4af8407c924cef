import type { PostgresPort } from '../../../src/core/outbox/postgres-port.ts'
import type { TidemarkApp } from '../../../src/define/define-app.ts'
import type { Context, Socket } from '../../../src/platform/platform.ts'
import type { Principal } from '../../../src/protocol/internal/principal.ts'
import type { HistoryAnswer } from '../../../src/protocol/internal/tenant-answers.ts'
import { KEEP_AFTER_MS } from '../../../src/tenant/metrics/metrics.ts'
import type { TokenHolder } from '../../../src/tenant/sessions/why-over.ts'
import { TenantObject } from '../../../src/tenant/tenant-object.ts'
import type { Verified } from '../../../src/worker/auth/authenticate.ts'
import { app } from '../../fixtures/board/sync.ts'
import type { Judge } from '../judge/judge.ts'
import { EARLIER_APP } from './earlier-app.ts'
import type { Link, ServerEnd } from './link.ts'
import { SILENT_REGISTRY } from './silent-registry.ts'
import { type Outgoing, simulatedSocket } from './socket.ts'
import { SimulatedStorage } from './storage.ts'
import type { Timeline } from './timeline.ts'

/** Milliseconds after which the platform tries an alarm again whose object was gone before it was done. */
const ALARM_AGAIN_MS = 2_000

/** Milliseconds until a turn of the event loop ends. */
const TURN_MS = 1

/** Lines of the log that only a defect leads to. */
const DEFECTIVE: readonly string[] = [
  'turn-failed',
  'edit-failed',
  'alarm-failed',
  'drain-failed',
  'rule-failed',
  'tags-failed',
]

/** What a tenant's object is told, and who is told of it. */
export type TenantPort = {
  readonly timeline: Timeline
  readonly newId: () => string
  readonly verify: (token: string) => Verified
  readonly postgres: (calls: Calls, app: TidemarkApp) => PostgresPort
  /** Milliseconds that an alarm is late. */
  readonly alarmDelay: () => number
  /** Something that the object did is durable, and what it sent is about to leave. */
  readonly committed: (sent: readonly Outgoing[]) => void
  readonly judge: Judge
  /** It is about to crash as `crashNext` told it to, and has not forgotten anything yet. */
  readonly crashing: (how: Crash) => void
}

/** Calls that an object has under way. */
export type Calls = {
  begin(): void
  /** Leaves once what was written is durable, as everything does that leaves an object. */
  depart(leave: () => void): void
  /** Runs what an answer leads to, if the object that asked is still there. */
  end(answer: () => void): void
}

/** How an object ends that did not mean to. */
export type Crash = 'before commit' | 'after commit'

/** One life of the object, from a wake to the next sleep or crash. */
type Life = {
  readonly object: TenantObject
  readonly sockets: Map<Link, Socket>
  ready: Promise<void>
  isOver: boolean
  /** Calls and turns under way, during which it cannot sleep. */
  busy: number
  isAlarmRunning: boolean
}

/** One tenant's object on a platform that can crash, sleep and be late. */
export class SimulatedTenant implements ServerEnd {
  readonly name: string
  #app: TidemarkApp
  storage = new SimulatedStorage()
  readonly #port: TenantPort
  readonly #links = new Set<Link>()
  #life: Life | undefined
  #outgoing: Outgoing[] = []
  #departures: (() => void)[] = []
  #isTouched = false
  #callOffAlarm: () => void = () => {}
  #alarmAt: number | null = null
  #crash: Crash | undefined
  crashes = 0
  wakes = 0

  /** @param app what is deployed at first */
  constructor(name: string, app: TidemarkApp, port: TenantPort) {
    this.name = name
    this.#app = app
    this.#port = port
  }

  get links(): ReadonlySet<Link> {
    return this.#links
  }

  /** Is something under way that will wake it, or go on, by itself? */
  get isBusy(): boolean {
    return (this.#life?.busy ?? 0) > 0
  }

  /** Has the object ever run on the storage that it has now? */
  get isFounded(): boolean {
    return this.storage.has('meta')
  }

  connect(link: Link, principal: Principal): void {
    const socket = (life: Life) => this.#socketOf(life, link)
    this.#enter(async (life) => {
      await life.object.connect(principal, socket(life))
      if (!life.isOver) link.accept(this)
    })
  }

  received(link: Link, text: string): void {
    if (!this.#links.has(link)) return
    this.#enter((life) => life.object.received(this.#socketOf(life, link), text))
  }

  ended(link: Link): void {
    if (!this.#links.has(link)) return
    this.#enter((life) => life.object.closed(this.#socketOf(life, link)))
    this.#links.delete(link)
  }

  /** Somebody asks about the past; the answer leaves once what it rests on is durable. */
  ask(holder: TokenHolder, question: string, answered: (answer: HistoryAnswer) => void): void {
    this.#enter(async (life) => {
      const answer = await life.object.history(holder, question)
      if (life.isOver) return
      this.#isTouched = true
      this.#departures.push(() => answered(answer))
    })
  }

  nudge(compare: boolean): void {
    this.#enter((life) => life.object.nudged({ compare }))
  }

  /** Lets go of the object's memory, if nothing is under way. Sockets stay. */
  sleep(): boolean {
    if (!this.#life || this.isBusy || this.#life.isAlarmRunning) return false
    this.#life.isOver = true
    this.#life = undefined
    return true
  }

  /** Another version of the application takes its place: its predecessor's, or its successor's. */
  deploy(): void {
    // Sockets outlive a deploy where the object sleeps.
    if (!this.sleep()) this.crash()
    this.#app = this.#app === app ? EARLIER_APP : app
  }

  /** The next thing that the object writes is the last one it does; or not, where it says nothing. */
  crashNext(how: Crash | undefined): void {
    this.#crash = how
  }

  /** The object is gone, with its sockets and everything in memory. */
  crash(): void {
    const life = this.#life
    this.crashes++
    this.#life = undefined
    for (const link of this.#links) link.cut('clean')
    this.#links.clear()
    this.#outgoing = []
    this.#departures = []
    if (!life) return
    life.isOver = true
    if (life.isAlarmRunning) this.#port.timeline.after(ALARM_AGAIN_MS, () => this.#alarm())
  }

  /** All that the object kept is lost. */
  wipe(): void {
    this.crash()
    this.storage.close()
    this.storage = new SimulatedStorage()
    this.#dropAlarm()
  }

  /** An alarm failed so often that the platform gives it up; nothing wakes the object before its next visitor. */
  loseAlarm(): void {
    this.crash()
    this.storage.takeAlarm()
    this.#dropAlarm()
  }

  #dropAlarm(): void {
    this.#callOffAlarm()
    this.#alarmAt = null
  }

  /** Something ran in the object: what it wrote becomes durable, and what it sent leaves. */
  settle(): void {
    if (!this.#isTouched) return
    this.#isTouched = false
    const crash = this.storage.written > 0 ? this.#crash : undefined
    if (crash) {
      this.#crash = undefined
      this.#port.crashing(crash)
    }
    if (crash === 'before commit') {
      this.storage.discard()
      this.crash()
      return
    }
    this.storage.commit()
    const sent = crash ? [] : this.#outgoing
    const departures = this.#departures
    this.#outgoing = []
    this.#departures = []
    this.#port.committed(sent)
    for (const item of sent) {
      if ('text' in item) item.link.sendDown(item.text)
      else item.link.closeDown(item.code)
    }
    for (const leave of departures) leave()
    if (crash) this.crash()
    this.#scheduleAlarm()
  }

  #scheduleAlarm(): void {
    const { alarm } = this.storage
    if (alarm === this.#alarmAt) return
    this.#callOffAlarm()
    this.#alarmAt = alarm
    if (alarm === null) return
    const { timeline, alarmDelay } = this.#port
    this.#callOffAlarm = timeline.after(alarm - timeline.now + alarmDelay(), () => {
      this.#alarmAt = null
      this.storage.takeAlarm()
      this.#alarm()
    })
  }

  #alarm(): void {
    this.#enter(async (life) => {
      life.isAlarmRunning = true
      await life.object.alarm()
      life.isAlarmRunning = false
    })
  }

  /** Runs something in the object, which is woken for it. */
  #enter(work: (life: Life) => void | Promise<void>): void {
    this.#isTouched = true
    const life = this.#wake()
    life.busy++
    const done = () => {
      life.busy--
    }
    life.ready
      .then(() => (life.isOver ? undefined : work(life)))
      .then(done, (thrown: unknown) => {
        done()
        const told = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)
        this.#port.judge.check('G3', false, () => `an event of the object failed: ${told}`)
      })
  }

  #wake(): Life {
    if (this.#life) return this.#life
    this.wakes++
    const { timeline, newId, verify, postgres } = this.#port
    const sockets = new Map<Link, Socket>()
    let blocked: Promise<void> = Promise.resolve()
    const context: Context = {
      storage: this.storage,
      getWebSocketAutoResponseTimestamp: (socket) => {
        const at = [...sockets].find(([, known]) => known === socket)?.[0].beatAt
        return at === undefined ? null : new Date(at)
      },
      getWebSockets: () => [...this.#links].map((link) => this.#socketIn(sockets, link)),
      acceptWebSocket: (socket) => {
        for (const [link, known] of sockets) if (known === socket) this.#links.add(link)
      },
      blockConcurrencyWhile: (work) => {
        blocked = work()
        return blocked
      },
    }
    const current = () => life
    const calls: Calls = {
      begin: () => {
        const asking = current()
        if (asking) asking.busy++
        else begunAtWake++
      },
      depart: (leave) => void this.#departures.push(leave),
      end: (answer) => {
        const asking = current()
        if (!asking || asking.isOver) return
        asking.busy--
        this.#isTouched = true
        answer()
      },
    }
    const soon = (ms: number) =>
      new Promise<void>((resolve) => {
        calls.begin()
        timeline.after(ms, () => calls.end(resolve))
      })
    // Counts that wait to be stored hold up no sleep, so that there is one between any two steps.
    const counting = (ms: number) =>
      new Promise<void>((resolve) => timeline.after(ms, () => void soon(0).then(resolve)))
    let life: Life | undefined
    let begunAtWake = 0
    const served = this.#app
    const object = new TenantObject(served, context, {
      postgres: () => postgres(calls, served),
      ...SILENT_REGISTRY,
      verify: (token) => Promise.resolve(verify(token)),
      polls: true,
      log: (event, facts) => this.#logged(event, facts),
      now: () => timeline.now,
      newId,
      endOfTurn: (run) => void soon(TURN_MS).then(run),
      pause: (ms) => (ms < KEEP_AFTER_MS ? soon(ms) : counting(ms)),
    })
    life = { object, sockets, ready: blocked, isOver: false, busy: begunAtWake, isAlarmRunning: false }
    this.#life = life
    return life
  }

  #socketOf(life: Life, link: Link): Socket {
    return this.#socketIn(life.sockets, link)
  }

  #socketIn(sockets: Map<Link, Socket>, link: Link): Socket {
    const known = sockets.get(link)
    if (known) return known
    const socket = simulatedSocket(link, (item) => void this.#outgoing.push(item), this.#port.judge)
    sockets.set(link, socket)
    return socket
  }

  #logged(event: string, facts: Readonly<Record<string, unknown>>): void {
    const holds = !DEFECTIVE.includes(event)
    if (!holds) this.#port.judge.check('G3', holds, () => `${event}: ${JSON.stringify(facts)}`)
  }
}
