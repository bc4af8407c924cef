import type { Environment } from '../../../client/src/environment/environment.ts'
import type { SocketListener } from '../../../client/src/environment/socket.ts'
import { Random } from '../../../dev/harness/random.ts'
import { BEARER_PREFIX, PROTOCOL_VERSION, SPOKEN_VERSIONS } from '../../../src/protocol/version.ts'
import type { Plan } from '../campaign/plan.ts'
import type { Deed } from '../campaign/script.ts'
import type { ClientWatcher, InPostgres } from '../judge/client-checker.ts'
import { STEPS, type Step } from '../judge/coverage.ts'
import type { Judge } from '../judge/judge.ts'
import { judgeInbox } from '../judge/judge-inbox.ts'
import { judgeScreen } from '../judge/judge-screen.ts'
import { type Glitch, Link } from '../world/link.ts'
import { SendWindow } from '../world/send-window.ts'
import type { Clock } from '../world/timeline.ts'
import { ROLES, type Role, type Token } from '../world/tokens.ts'
import { type Ask, asking } from './asking.ts'
import { Credentials } from './credentials.ts'
import { Person } from './person.ts'
import { Stranger } from './stranger.ts'
import { Users } from './users.ts'

/** Milliseconds for which what is sent to a client waits. */
const PAUSE_MS = [1_000, 25_000] as const

const OFFLINE_MS = [1_000, 120_000] as const

/** Milliseconds for which nobody gives a token: long enough for the last one to end. */
const NO_TOKEN_MS = [20_000, 400_000] as const

/** Characters of a name that a client makes up. */
const CLIENT_ID_LENGTH = 21

/** Milliseconds that a person takes to sign in, once two tokens in a row have ended before they were shown. */
const SIGN_IN_MS = 5_000

/** Milliseconds after which those who share a page look who is to use it next. */
const TURN_MS = 3_000

/** Turns that are waited for. Somebody whose edits never settle is found out. */
const MAX_TURNS = 12

/** How often, of 1, what is asked at the limits is asked by another program, over the same link. */
const BY_A_STRANGER = 0.3

type Who = { readonly subject: string; readonly tenant: string; readonly role: Role }

/** What a visitor has to do with the world. */
export type VisitorPort = {
  readonly plan: Plan
  readonly timeline: Clock
  readonly random: Random
  readonly newId: (length: number) => string
  /** The link has reached the Worker. */
  readonly letIn: (link: Link, token: string) => void
  /** Asks about the past, where anybody can be asked. */
  readonly ask?: Ask
  /** After everything was mended somebody else has signed in: what has to come to rest begins anew. */
  readonly turned: () => void
  readonly sign: (token: Token) => string | Promise<string>
  readonly watch: (person: Person, judge: Judge) => ClientWatcher
  readonly judge: Judge
  /** Something happens to a frame. */
  readonly glitched: (glitch: Glitch) => void
  readonly note: (who: string, what: string) => void
}

/** A person, their client, and the network they are in. */
export class Visitor {
  readonly who: Who
  readonly person: Person
  readonly #port: VisitorPort
  readonly #checker: ClientWatcher
  readonly #judge: Judge
  readonly #stranger: Stranger
  readonly #users: Users
  #link: Link | undefined
  /** Links so far. */
  #links = 0
  /** Until when no link gets through, in ms since 1970. */
  #offlineUntil = 0
  #turns = 0
  #isHealed = false
  readonly #credentials: Credentials

  constructor(who: Who, port: VisitorPort) {
    const { plan } = port
    const name = `${who.tenant}-${who.subject}-${port.newId(8)}`
    this.#judge = port.judge.of(name)
    this.#stranger = new Stranger(this.#judge)
    this.#users = new Users(who.subject)
    this.who = who
    this.#port = port
    this.#credentials = new Credentials(plan.tokenMs, {
      timeline: port.timeline,
      sign: port.sign,
      holder: () => ({ sub: this.#users.subject, tenant: who.tenant, role: this.person.role }),
      judge: this.#judge,
    })
    this.person = new Person(
      { ...who, name },
      {
        plan,
        environment: this.#environment(),
        random: port.random,
        writer: () => this.#users.writer,
        epoch: () => this.#checker.epoch,
        token: (wanted) => this.#credentials.give(wanted),
      },
    )
    this.person.db.onInvalidate('assignees_*', () => {})
    const { connection } = this.person.db
    connection.subscribe(() => {
      if (connection.getSnapshot().state !== 'needs-auth') return
      port.timeline.after(SIGN_IN_MS, () => connection.retry())
    })
    // A digest repairs what nothing else has noticed.
    this.person.db.onError(({ code, message }) => this.#judge.check('G9', code !== 'diverged', () => message))
    this.#checker = port.watch(this.person, this.#judge)
  }

  /** Does something, or something befalls the page or its link. */
  befall({ what, seed }: { readonly what: Exclude<Deed, 'reload'>; readonly seed: number }): void {
    const random = new Random(seed)
    const link = this.#link
    const { limits, back } = this.#port.plan.rates
    const course: Record<typeof what, () => void> = {
      edit: () => {
        if (random.chance(back)) this.person.bringBack(random)
        else this.person.act(random)
      },
      ask: () => (random.chance(limits) ? this.#askAtLimits(random) : this.person.askOtherwise(random)),
      role: () => {
        this.person.role = random.pick(ROLES)
      },
      offline: () => this.#goOffline(random.whole(...OFFLINE_MS)),
      shared: () => {
        this.#users.change()
        this.person.role = random.pick(ROLES)
        // Who signs in on an open page is noticed with the next token at the latest.
        if (random.chance(0.5)) link?.cut('clean')
      },
      noToken: () => this.#credentials.withhold(random.whole(...NO_TOKEN_MS)),
      cut: () => link?.cut('clean'),
      lateCut: () => link?.cut('late'),
      halfOpen: () => link?.cut('half-open'),
      pause: () => link?.pause(random.whole(...PAUSE_MS)),
      lostFrame: () => link?.disturb('lostFrame', 'down'),
      repeatedFrame: () => link?.disturb('repeatedFrame', random.pick(['up', 'down'])),
      swappedFrames: () => link?.disturb('swappedFrames', random.pick(['up', 'down'])),
    }
    course[what]()
  }

  #askAtLimits(random: Random): void {
    const isLive = this.person.db.connection.getSnapshot().state === 'live'
    if (isLive && random.chance(BY_A_STRANGER)) {
      if (this.#link) this.#stranger.ask(this.#link, random)
      return
    }
    try {
      this.person.askAtLimits(random)
    } catch (thrown) {
      const isTold = thrown instanceof TypeError && 'code' in thrown && thrown.code === 'bad-query'
      this.#judge.check('QRY', isTold, () => `what is no query was refused by ${thrown}`)
    }
  }

  /** At the end whoever has edits on the page comes back until they are settled, and its own person is the last. */
  #takeTurns(): void {
    const { state, pending } = this.person.db.connection.getSnapshot()
    const isDone = state === 'live' && pending === 0 && !this.#users.isChanging
    if (isDone && this.#users.isOwn && !this.person.hasOpenEdits) return
    // What is open on a page of one person waits for an answer, and for nobody else.
    if (isDone && this.#users.isShared) {
      this.#users.change()
      this.#turns += 1
      if (this.#turns <= MAX_TURNS) this.#port.turned()
      this.#link?.cut('clean')
    }
    this.#port.timeline.after(TURN_MS, () => this.#takeTurns())
  }

  #checkBlank(): void {
    this.#users.judge(
      [...this.person.asked.keys()].flatMap((query) => this.person.shows(query).rows),
      this.#judge,
    )
  }

  /** The page is closed, or crashes. */
  leave(random: Random): void {
    if (random.chance(0.5)) this.person.db.close()
    this.#link?.cut(random.chance(0.5) ? 'late' : 'clean')
    this.#offlineUntil = Number.POSITIVE_INFINITY
  }

  /** Is never heard of again, and nobody is told. */
  fallSilent(): void {
    this.#link?.cut('half-open')
    this.#offlineUntil = Number.POSITIVE_INFINITY
  }

  /** Reads nothing any more that comes over the link it has. */
  stopReading(): void {
    this.#link?.stopReading()
  }

  /** Nothing keeps the visitor from connecting any more. */
  heal(): void {
    this.#offlineUntil = 0
    this.#isHealed = true
    // What an earlier version has no words for waits for one that has.
    if (this.person.hasNewWords && this.#link?.version !== PROTOCOL_VERSION) this.#link?.cut('clean')
    this.#credentials.heal()
    this.#takeTurns()
  }

  /** Is everything shown that was asked for, and has every edit its outcome? */
  get isAtRest(): boolean {
    const { person } = this
    const { state, pending, delayed } = person.db.connection.getSnapshot()
    if (!this.#users.isOwn || person.hasOpenEdits) return false
    if (state !== 'live' || pending > 0 || delayed || !this.#link?.isWhole) return false
    if ((person.following.inbox?.status ?? 'ready') !== 'ready') return false
    return [...person.asked.keys()].every((query) => person.isAnswered(query))
  }

  /** At the end: what the person was told, and what is shown. */
  finish(inPostgres: InPostgres): void {
    this.#checker.finished(inPostgres)
    judgeScreen(this.person, inPostgres, this.#judge)
    judgeInbox(this.person, this.#users.known, inPostgres, this.#judge)
  }

  /** Where the client stands, and each of its edits that has no outcome. */
  steps(stepOf: (seq: number) => Step): Step[] {
    const { state } = this.person.db.connection.getSnapshot()
    const steps: Step[] = STEPS.filter((step) => step === state)
    for (const { edit, accepted } of this.person.openEdits) {
      const { n } = edit
      const seq = n === undefined ? undefined : this.#checker.placeOf(n)
      if (seq !== undefined) steps.push(accepted ? 'answered' : 'accepted', stepOf(seq))
      else steps.push(n !== undefined && n <= this.#checker.sentUpTo ? 'sent' : 'made')
    }
    return steps
  }

  /** Is the log that the client knows the one there is? */
  knows(epoch: string): boolean {
    return this.#checker.epoch === epoch
  }

  /** How far the visitor is from rest, for people. */
  get status(): string {
    const { state, pending } = this.person.db.connection.getSnapshot()
    const statuses = [...this.person.asked.keys()].map((query) => this.person.shows(query).status)
    return `${this.person.name} ${state} ${pending} ${statuses.join()}`
  }

  #environment(): Environment {
    const { plan, timeline, random, newId } = this.#port
    const skewMs = random.chance(0.5) ? plan.clockSkewMs : -plan.clockSkewMs
    return {
      now: () => timeline.now + skewMs,
      random: () => random.next(),
      newId: () => newId(CLIENT_ID_LENGTH),
      setTimer: (ms, run) => timeline.after(ms, run),
      soon: (run) => queueMicrotask(run),
      onWake: () => () => {},
      onHide: () => () => {},
      isVisible: () => true,
      isOnline: () => true,
      report: (thrown) => this.person.listening.report(thrown),
      openSocket: (_, protocols, listener) => this.#connect(protocols, listener),
      fetch: asking({
        ask: this.#port.ask,
        timeline,
        latency: () => random.whole(...plan.latencyMs),
        isOnline: () => timeline.now >= this.#offlineUntil,
        roleOf: (token) => this.#credentials.roleOf(token),
        judge: this.#judge,
      }),
      page: 'https://simulated.example/',
    }
  }

  /** The server sees a token of the person's. */
  #showed(token = ''): void {
    this.person.shownRole = this.#credentials.roleOf(token) ?? this.person.shownRole
  }

  #goOffline(ms: number): void {
    this.#offlineUntil = this.#port.timeline.now + ms
    this.#link?.cut('clean')
  }

  /** Each link is to a server of another version, as while one is deployed, and put back, and deployed again. */
  #nextVersion(): number {
    const drawn = SPOKEN_VERSIONS[this.#links % SPOKEN_VERSIONS.length]
    const version = this.#isHealed && this.person.hasNewWords ? PROTOCOL_VERSION : drawn
    this.#links += 1
    if (version === undefined) throw new Error('no version is spoken')
    return version
  }

  #connect(protocols: readonly string[], listener: SocketListener): Link {
    const { timeline, random, plan, newId, letIn, note } = this.#port
    const window = new SendWindow(this.#judge)
    const version = this.#nextVersion()
    const channel = { timeline, random, version }
    const link: Link = new Link(`${this.person.name}/${newId(6)}`, channel, listener, {
      said: (text) => {
        this.#checker.said(text)
        note(link.name, text)
      },
      arrived: (text) => {
        this.#showed(/^\["auth","(.*)"\]$/.exec(text)?.[1])
        window.seen(text)
      },
      sent: (text) => {
        this.#credentials.check(text)
        window.sent(text)
      },
      heard: (text) => {
        this.#stranger.heard(text, version)
        this.#users.heard(text, version)
        if (this.#users.isChanging) timeline.after(0, () => this.#checkBlank())
        this.#checker.heard(text)
      },
      disturbed: (glitch) => {
        this.#port.glitched(glitch)
        this.#checker.disturbed()
      },
      latency: () => random.whole(...plan.latencyMs),
    })
    this.#checker.connected(version)
    this.#link = link
    const token = protocols.find((name) => name.startsWith(BEARER_PREFIX))?.slice(BEARER_PREFIX.length) ?? ''
    if (timeline.now < this.#offlineUntil) link.cut('clean')
    else {
      timeline.after(random.whole(...plan.latencyMs), () => {
        this.#showed(token)
        letIn(link, token)
      })
    }
    return link
  }
}
