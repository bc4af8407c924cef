import { type KeySettings, maxTokenSeconds } from './key-settings.ts'
import { isLoopback } from './loopback.ts'
import { whyWeak } from './weak-secret.ts'

/** The settings that are looked at before anything is served. */
type Settings = KeySettings & { readonly TIDEMARK_DEV?: string }

/** Seconds that the longest life of a token may be set to: long enough to connect, and a month. */
const [SHORTEST, LONGEST] = [60, 2_592_000]

const SECRETS = ['AUTH_SECRET', 'AUTH_ADMIN_SECRET', 'AUTH_NUDGE_SECRET'] as const

/** Makes a secret: part of each sentence about one. */
const MAKE_ONE = 'Make one with `openssl rand -base64 48`'

/**
 * The sentence that says why nothing may be served with these settings, and what to do; undefined when all is well.
 * No value of a setting is part of it.
 *
 * @param host the one that was asked, as in `URL.hostname`
 */
export function settingFault(settings: Settings, host: string): string | undefined {
  const isDevelopment = settings.TIDEMARK_DEV === 'true'
  if (isDevelopment && !isLoopback(host)) {
    return 'TIDEMARK_DEV opens sign-in without a password, so it is for this machine alone: unset it here, or ask by localhost.'
  }
  if (settings.AUTH_ISSUER === '' || settings.AUTH_AUDIENCE === '') {
    return 'AUTH_ISSUER and AUTH_AUDIENCE say whose tokens count and for whom they are made: set both.'
  }
  const seconds = maxTokenSeconds(settings)
  if (!Number.isInteger(seconds) || seconds < SHORTEST || seconds > LONGEST) {
    return `AUTH_MAX_TOKEN_SECONDS is a whole number of seconds from ${SHORTEST} to ${LONGEST}.`
  }
  return keySetFault(settings) ?? secretFault(settings, isDevelopment)
}

function keySetFault({ AUTH_JWKS_URL: url }: Settings): string | undefined {
  if (url === '') return undefined
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol === 'https:') return undefined
  if (parsed?.protocol === 'http:' && isLoopback(parsed.hostname)) return undefined
  return 'AUTH_JWKS_URL is the https address at which the identity provider publishes its keys, or empty.'
}

function secretFault(settings: Settings, isDevelopment: boolean): string | undefined {
  const seen = new Map<string, string>()
  for (const name of SECRETS) {
    const secret = settings[name] ?? ''
    // Services that are not set up are not served; people are, by one of two ways.
    if (secret === '' && name !== 'AUTH_SECRET') continue
    if (name === 'AUTH_SECRET' && settings.AUTH_JWKS_URL !== '') continue
    if (secret === '') return `AUTH_SECRET is missing. ${MAKE_ONE}, or set AUTH_JWKS_URL.`
    const weakness = whyWeak(secret, isDevelopment)
    if (weakness) return `${name} ${weakness}. ${MAKE_ONE}, and set it with \`wrangler secret put ${name}\`.`
    const other = seen.get(secret)
    if (other) return `${name} is the same as ${other}, so whoever has one has both. ${MAKE_ONE} for each.`
    seen.set(secret, name)
  }
  return undefined
}
