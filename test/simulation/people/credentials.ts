import type { Judge } from '../judge/judge.ts'
import { SHOWING } from '../world/send-window.ts'
import type { Clock } from '../world/timeline.ts'
import type { Role, Token } from '../world/tokens.ts'

/** Milliseconds for which a token is good once nothing fails any more. Shorter ones are renewed all the time. */
const HEALED_TOKEN_MS = 200_000

/** Milliseconds after the end of a token in which something may still be told. */
const EXPIRY_MARGIN_MS = 5_000

type CredentialsPort = {
  readonly timeline: Clock
  readonly sign: (token: Token) => string | Promise<string>
  /** Whom a token is for now. */
  readonly holder: () => Omit<Token, 'exp'>
  readonly judge: Judge
}

/** The tokens of whoever uses a page, and what may be told with them. */
export class Credentials {
  readonly #port: CredentialsPort
  /** What each token says. */
  readonly #roles = new Map<string, Role>()
  /** Until when nobody gives a token, in ms since 1970, and who waits for one. */
  #noTokenUntil = 0
  readonly #waiting: (() => void)[] = []
  #tokenMs: number
  /** When the last token ends, in ms since 1970. */
  #goodUntil = 0

  /** @param tokenMs milliseconds for which a token is good */
  constructor(tokenMs: number, port: CredentialsPort) {
    this.#tokenMs = tokenMs
    this.#port = port
  }

  give(wanted: AbortSignal): string | Promise<string> {
    if (this.#port.timeline.now >= this.#noTokenUntil) return this.#newToken()
    return new Promise((resolve) => {
      this.#waiting.push(() => {
        if (!wanted.aborted) resolve(this.#newToken())
      })
    })
  }

  withhold(ms: number): void {
    this.#noTokenUntil = this.#port.timeline.now + ms
    this.#port.timeline.after(ms, () => this.#giveAll())
  }

  /** Nothing keeps anybody from getting a token any more. */
  heal(): void {
    this.#tokenMs = Math.max(this.#tokenMs, HEALED_TOKEN_MS)
    this.#giveAll()
  }

  /** The role that a token gives, if it is one of these. */
  roleOf(token: string): Role | undefined {
    return this.#roles.get(token)
  }

  /** What is shown goes to nobody whose last token ended more than a moment ago. */
  check(text: string): void {
    if (!SHOWING.test(text)) return
    const late = this.#port.timeline.now - this.#goodUntil
    this.#port.judge.check(
      'G13',
      late <= EXPIRY_MARGIN_MS,
      () => `was told something ${late} ms after its token`,
    )
  }

  #newToken(): string | Promise<string> {
    const { timeline, sign, holder } = this.#port
    const exp = Math.floor((timeline.now + this.#tokenMs) / 1_000)
    this.#goodUntil = exp * 1_000
    const { role, ...rest } = holder()
    const token = sign({ ...rest, role, exp })
    if (typeof token === 'string') this.#roles.set(token, role)
    else void token.then((signed) => this.#roles.set(signed, role))
    return token
  }

  #giveAll(): void {
    this.#noTokenUntil = 0
    for (const give of this.#waiting.splice(0)) give()
  }
}
