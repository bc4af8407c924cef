import { DiskFault } from '../../../client/src/disk/disk.ts'
import type { Environment } from '../../../client/src/environment/environment.ts'
import { Random } from '../../../dev/harness/random.ts'
import type { Plan } from '../campaign/plan.ts'
import type { Deed } from '../campaign/script.ts'
import type { ClientWatcher, InPostgres } from '../judge/client-checker.ts'
import type { Step } from '../judge/coverage.ts'
import type { Judge } from '../judge/judge.ts'
import { judgeInbox } from '../judge/judge-inbox.ts'
import { judgeScreen } from '../judge/judge-screen.ts'
import { stepsOf } from '../judge/steps-of.ts'
import type { Glitch, Link } from '../world/link.ts'
import type { Clock } from '../world/timeline.ts'
import { ROLES, type Role, type Token } from '../world/tokens.ts'
import { type Ask, asking } from './asking.ts'
import type { Browser } from './browser.ts'
import { Credentials } from './credentials.ts'
import { Network } from './network.ts'
import { pageEnvironment } from './page-environment.ts'
import { Person } from './person.ts'
import { signOut } from './signing-out.ts'
import { Stranger } from './stranger.ts'
import { isKept, takeTurns } from './taking-turns.ts'
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

type Who = { readonly subject: string; readonly tenant: string; readonly role: Role }

/** What a visitor has to do with the world. */
export type VisitorPort = {
  readonly plan: Plan
  readonly timeline: Clock
  readonly random: Random
  readonly newId: (length: number) => string
  /** The browser that the page is opened in, if it is one that keeps pages. */
  readonly browser?: Browser | undefined
  /** The page has gone by itself, and another one is opened in the same browser. */
  readonly reopened?: () => void
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
  readonly browser: Browser | undefined
  readonly #page = { isOver: false, mayDiscard: false }
  readonly #port: VisitorPort
  readonly #checker: ClientWatcher
  readonly #judge: Judge
  readonly #stranger: Stranger
  readonly #users: Users
  readonly #network: Network
  #isWelcomed = false
  /** Another page has taken its place, or nobody is at it any more. */
  #hasGone = false
  #isLeaving = false
  readonly #credentials: Credentials

  constructor(who: Who, port: VisitorPort) {
    const { plan } = port
    this.who = who
    this.#port = port
    const name = `${who.tenant}-${who.subject}-${port.newId(8)}`
    this.#judge = port.judge.of(name)
    this.#stranger = new Stranger(this.#judge)
    this.browser = port.browser
    this.#users = port.browser?.users ?? new Users(who.subject)
    this.#network = this.#newNetwork(port.browser?.offlineUntil ?? 0)
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
        persist: port.browser?.persist(this.#page),
        saved: (n) => port.browser?.wasSaved(n),
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
  befall({
    what,
    seed,
  }: {
    readonly what: Exclude<Deed, 'reload' | 'reopened'>
    readonly seed: number
  }): void {
    const random = new Random(seed)
    const { link } = this.#network
    const { limits, back } = this.#port.plan.rates
    const ofBrowser = (fault: Parameters<Browser['befall']>[0]) => () => this.browser?.befall(fault, random)
    const course: Record<typeof what, () => void> = {
      emptied: ofBrowser('emptied'),
      fileFull: ofBrowser('fileFull'),
      full: ofBrowser('full'),
      hanging: ofBrowser('hanging'),
      signedOut: () => void this.#signOut(random),
      edit: () => {
        if (random.chance(back)) this.person.bringBack(random)
        else this.person.act(random)
      },
      ask: () =>
        random.chance(limits)
          ? this.#stranger.askAtLimits(this.person, link, random)
          : this.person.askOtherwise(random),
      role: () => {
        this.person.role = random.pick(ROLES)
      },
      offline: () => this.#network.goOffline(random.whole(...OFFLINE_MS)),
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

  #checkBlank(): void {
    this.#users.judge(
      [...this.person.asked.keys()].flatMap((query) => this.person.shows(query).rows),
      this.#judge,
    )
  }

  /** The page is closed, or crashes. */
  leave(random: Random): void {
    this.#go()
    if (random.chance(0.5)) this.person.db.close()
    else this.#page.isOver = this.browser !== undefined
    this.#network.link?.cut(random.chance(0.5) ? 'late' : 'clean')
  }

  async #signOut(random: Random): Promise<void> {
    if (!this.browser || this.#isLeaving) return
    this.#isLeaving = true
    await signOut(this.person, this.#page, random)
    if (this.#hasGone) return
    if (random.chance(0.5) && this.#port.plan.rates.shared > 0) this.#users.change()
    this.#reopen()
  }

  /** Closes the page, and opens another one. */
  #reopen(): void {
    this.#go()
    this.person.db.close()
    this.#network.link?.cut('clean')
    this.#port.reopened?.()
  }

  #go(): void {
    const { browser } = this
    if (browser) {
      browser.offlineUntil = this.#network.offlineUntil
      browser.shownBefore = [...this.person.asked.keys()].filter(
        (query) => this.person.shows(query).rows.length > 0,
      )
    }
    this.#hasGone = true
    this.#network.end()
  }

  /** Is never heard of again, and nobody is told. */
  fallSilent(): void {
    this.#hasGone = true
    this.#network.link?.cut('half-open')
    this.#network.end()
  }

  /** Reads nothing any more that comes over the link it has. */
  stopReading(): void {
    this.#hasGone = true
    this.#network.link?.stopReading()
  }

  /** Nothing keeps the visitor from connecting any more. */
  heal(): void {
    this.#network.heal()
    this.#credentials.heal()
    this.browser?.heal()
    const { timeline, turned } = this.#port
    takeTurns({
      timeline,
      person: this.person,
      users: this.#users,
      browser: this.browser,
      hasGone: () => this.#hasGone,
      changed: () => this.#network.link?.cut('clean'),
      turned,
      reopen: () => this.#reopen(),
      found: () => this.#network.renew(),
    })
  }

  /** Is everything shown that was asked for, and has every edit its outcome? */
  get isAtRest(): boolean {
    const { person } = this
    const { state, pending, delayed } = person.db.connection.getSnapshot()
    if (!this.#users.isOwn || person.hasOpenEdits || this.browser?.hasEdits || !isKept(person)) return false
    if (state !== 'live' || pending > 0 || delayed || !this.#network.link?.isWhole) return false
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
    return stepsOf(this.person, this.#checker, stepOf)
  }

  /** Is the log that the client knows the one there is? */
  knows(epoch: string): boolean {
    return this.#checker.epoch === epoch
  }

  /** How far the visitor is from rest, for people. */
  get status(): string {
    const { state, pending, persistence = '' } = this.person.db.connection.getSnapshot()
    const statuses = [...this.person.asked.keys()].map((query) => this.person.shows(query).status)
    const onDisk = this.browser?.hasEdits ? `, edits on disk, ${persistence}` : ''
    return `${this.person.name} of ${this.#users.subject} ${state} ${pending} ${statuses.join()}${onDisk}`
  }

  #newNetwork(offlineUntil: number): Network {
    const { plan, timeline, random, newId, letIn, note, glitched } = this.#port
    return new Network(offlineUntil, {
      plan,
      timeline,
      random,
      newId,
      letIn,
      judge: this.#judge,
      name: () => this.person.name,
      hasNewWords: () => this.person.hasNewWords || this.person.db.connection.getSnapshot().pending > 0,
      showed: (token) => {
        this.person.shownRole = this.#credentials.roleOf(token) ?? this.person.shownRole
      },
      said: (link, text) => {
        this.#checker.said(text)
        this.browser?.saved.said(text, link.version)
        note(link.name, text)
      },
      sent: (text) => this.#credentials.check(text),
      heard: (text, version) => this.#heard(text, version),
      disturbed: (glitch) => {
        glitched(glitch)
        this.#checker.disturbed()
      },
      connected: (version) => this.#checker.connected(version),
    })
  }

  #heard(text: string, version: number): void {
    this.#stranger.heard(text, version)
    this.#users.heard(text, version)
    if (this.#users.isChanging) this.#port.timeline.after(0, () => this.#checkBlank())
    this.browser?.saved.heard(text, version)
    if (!this.#isWelcomed && text.startsWith('["welcome"')) {
      this.#isWelcomed = true
      this.browser?.judgeReopened(this.person)
    }
    this.#checker.heard(text)
  }

  #environment(): Environment {
    const { plan, timeline, random, newId } = this.#port
    return pageEnvironment(this.#page, {
      timeline,
      skewMs: random.chance(0.5) ? plan.clockSkewMs : -plan.clockSkewMs,
      random: () => random.next(),
      newId: () => newId(CLIENT_ID_LENGTH),
      report: (thrown) => {
        // What a page cannot write any more when it is left is the application's to hear.
        if (!(thrown instanceof DiskFault)) this.person.listening.report(thrown)
      },
      openSocket: (_, protocols, listener) => this.#network.connect(protocols, listener),
      fetch: asking({
        ask: this.#port.ask,
        timeline,
        latency: () => random.whole(...plan.latencyMs),
        isOnline: () => this.#network.isOnline,
        roleOf: (token) => this.#credentials.roleOf(token),
        judge: this.#judge,
      }),
    })
  }
}
