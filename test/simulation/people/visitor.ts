import { DiskFault } from '../../../client/src/disk/disk.ts'
import type { Environment } from '../../../client/src/environment/environment.ts'
import { Random } from '../../../dev/harness/random.ts'
import type { ClientWatcher, InPostgres } from '../judge/client-checker.ts'
import type { Step } from '../judge/coverage.ts'
import type { Judge } from '../judge/judge.ts'
import { judgeInbox } from '../judge/judge-inbox.ts'
import { judgeScreen } from '../judge/judge-screen.ts'
import { stepsOf } from '../judge/steps-of.ts'
import { ROLES, type Role } from '../world/tokens.ts'
import { asking } from './asking.ts'
import { Credentials } from './credentials.ts'
import { isOfLinks, Network } from './network.ts'
import { isOfDisks, type PageBrowser } from './page-browser.ts'
import { inPage, pageEnvironment } from './page-environment.ts'
import { PageLife } from './page-life.ts'
import { Person } from './person.ts'
import { signOut } from './signing-out.ts'
import { isAtRest, tellStanding } from './standing.ts'
import { Stranger } from './stranger.ts'
import type { Tabs } from './tabs.ts'
import { takeTurns } from './taking-turns.ts'
import { Users } from './users.ts'
import type { Befalling, VisitorPort, Who } from './visitor-port.ts'

const OFFLINE_MS = [1_000, 120_000] as const

/** Milliseconds for which nobody gives a token: long enough for the last one to end. */
const NO_TOKEN_MS = [20_000, 400_000] as const

/** Characters of a name that a client makes up. */
const CLIENT_ID_LENGTH = 21

/** Milliseconds that a person takes to sign in, once two tokens in a row have ended before they were shown. */
const SIGN_IN_MS = 5_000

/** A person, their client, and the network they are in. */
export class Visitor {
  readonly who: Who
  readonly person: Person
  readonly browser: PageBrowser | undefined
  readonly #page: PageLife
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
    this.#page = new PageLife(port.timeline, this.#tabs)
    this.#users = port.browser?.users ?? new Users(who.subject)
    this.#network = this.#newNetwork(port.browser?.offlineUntil ?? 0)
    const newCredentials = () =>
      new Credentials(plan.tokenMs, {
        timeline: port.timeline,
        sign: port.sign,
        holder: () => ({ sub: this.#users.subject, tenant: who.tenant, role: this.role }),
        judge: this.#judge,
      })
    this.#credentials = this.#tabs?.credentials(newCredentials) ?? newCredentials()
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
        share: this.#page.share({
          connected: (version) => this.#checker.connected(version),
          said: (text) => this.#checker.said(text),
          heard: (text) => this.#checker.heard(text),
        }),
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
  befall({ what, seed }: Befalling): void {
    const random = new Random(seed)
    const tabs = this.#tabs
    const link = tabs ? tabs.link : this.#network.link
    const { limits, back } = this.#port.plan.rates
    if (isOfLinks(what)) {
      this.#network.befall(what, link, random)
      return
    }
    if (isOfDisks(what)) {
      this.browser?.befall(what, random)
      return
    }
    const course: Record<typeof what, () => void> = {
      signedOut: () => void this.#signOut(random),
      edit: () => {
        if (random.chance(back)) this.person.bringBack(random)
        else this.person.act(random)
      },
      ask: () =>
        random.chance(limits)
          ? this.#stranger.askAtLimits(this.person, tabs ? undefined : link, random)
          : this.person.askOtherwise(random),
      role: () => this.#give(random.pick(ROLES)),
      offline: () => this.#network.goOffline(random.whole(...OFFLINE_MS)),
      shared: () => {
        this.#users.change()
        this.#give(random.pick(ROLES))
        // Who signs in on an open page is noticed with the next token at the latest.
        if (random.chance(0.5)) link?.cut('clean')
      },
      noToken: () => this.#credentials.withhold(random.whole(...NO_TOKEN_MS)),
      frozen: () => this.#page.freeze(random),
    }
    course[what]()
  }

  get #tabs(): Tabs | undefined {
    return this.browser?.tabs
  }

  /** The role that the next token gives. */
  get role(): Role {
    return this.#tabs?.role ?? this.person.role
  }

  #give(role: Role): void {
    this.person.role = role
    if (this.#tabs) this.#tabs.role = role
  }

  get isFrozen(): boolean {
    return this.#page.isFrozen
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
    else if (this.browser) this.#page.kill()
    this.#network.link?.cut(random.chance(0.5) ? 'late' : 'clean')
    this.#page.closed()
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
    this.#page.closed()
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
    this.#page.thaw()
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
    return !this.isFrozen && isAtRest(this.#standing)
  }

  /** At the end: what the person was told, and what is shown. */
  finish(inPostgres: InPostgres): void {
    const { links, shownRole } = this.#tabs ?? {}
    this.person.shownRole = shownRole ?? this.person.shownRole
    if (links !== undefined) this.#judge.check('TAB', links === 1, () => `${links} links for all tabs`)
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
    return tellStanding(this.#standing)
  }

  get #standing(): Parameters<typeof isAtRest>[0] {
    return { person: this.person, users: this.#users, browser: this.browser, link: this.#network.link }
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
      // Another tab may have them.
      hasNewWords: () =>
        this.#tabs !== undefined ||
        this.person.hasNewWords ||
        this.person.db.connection.getSnapshot().pending > 0,
      showed: (token) => {
        const role = this.#credentials.roleOf(token)
        this.person.shownRole = role ?? this.person.shownRole
        if (this.#tabs && role) this.#tabs.shownRole = role
      },
      said: (link, text) => {
        if (!this.#page.isTab) this.#checker.said(text)
        this.browser?.saved.said(this.#page, text, link.version)
        note(link.name, text)
      },
      sent: (text) => this.#credentials.check(text),
      heard: (text, version) => this.#heard(text, version),
      disturbed: (glitch) => {
        glitched(glitch)
        this.#checker.disturbed()
      },
      connected: (link) => {
        this.#tabs?.connected(link, this.#page)
        if (!this.#page.isTab) this.#checker.connected(link.version)
      },
    })
  }

  #heard(text: string, version: number): void {
    this.#stranger.heard(text, version)
    this.#users.heard(text, version)
    if (this.#users.isChanging) this.#port.timeline.after(0, () => this.#checkBlank())
    this.browser?.saved.heard(this.#page, text, version)
    if (!this.#isWelcomed && text.startsWith('["welcome"')) {
      this.#isWelcomed = true
      this.browser?.judgeReopened(this.person)
    }
    if (!this.#page.isTab) this.#checker.heard(text)
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
      openSocket: (_, protocols, listener) => this.#network.connect(protocols, inPage(this.#page, listener)),
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
