import type { Environment } from './environment.ts'

const DAYS = /^[1-9]\d{0,3}$/

/** What a webhook's secret is written as, by the standard: a prefix, and base64. */
const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/

/** Bytes of a secret, by the same standard. */
const MIN_SECRET_BYTES = 24
const MAX_SECRET_BYTES = 64

/** The receiver of alerts, and the key that they are signed with. */
export type Webhook = { readonly url: string; readonly key: Uint8Array<ArrayBuffer> }

/** Days for which external changes are kept. Throws on a setting that is no number of days. */
export function retentionDays({ CHANGE_RETENTION_DAYS: setting }: Environment): number {
  if (DAYS.test(setting)) return Number(setting)
  throw new Error(`CHANGE_RETENTION_DAYS must be a whole number of days from 1 to 9999, not "${setting}"`)
}

/** The webhook for alerts; undefined where none is set. Throws on an address or a secret that cannot be used. */
export function webhookOf(env: Environment): Webhook | undefined {
  const { ALERT_WEBHOOK_URL: address = '', ALERT_WEBHOOK_SECRET: secret = '' } = env
  if (address === '') return undefined
  const url = URL.parse(address)
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && env.TIDEMARK_DEV === 'true')
  if (!url || !isSafe) throw new Error('ALERT_WEBHOOK_URL must be an address that begins with https://')
  const key = SECRET.exec(secret)?.[1]
  const bytes = key === undefined ? undefined : bytesOf(key)
  if (!bytes || bytes.length < MIN_SECRET_BYTES || bytes.length > MAX_SECRET_BYTES) {
    throw new Error(
      `ALERT_WEBHOOK_SECRET must be "whsec_" and ${MIN_SECRET_BYTES} to ${MAX_SECRET_BYTES} bytes in base64`,
    )
  }
  return { url: url.href, key: bytes }
}

/** A sentence for each setting with which this deployment cannot do its work, credentials aside. None holds a secret. */
export function problemsOf(env: Environment): string[] {
  const { DATABASE_URL, POLL_CHANGES } = env
  return [
    ...(URL.canParse(DATABASE_URL) ? [] : ['DATABASE_URL must be the address of a Postgres database']),
    ...(['on', 'off', 'cron'].includes(POLL_CHANGES)
      ? []
      : ['POLL_CHANGES must be "on", "off" or "cron"; it counts as "on"']),
    ...why(() => retentionDays(env)),
    ...why(() => webhookOf(env)),
  ]
}

function why(read: () => unknown): string[] {
  try {
    read()
    return []
  } catch (thrown) {
    return [thrown instanceof Error ? thrown.message : String(thrown)]
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
