import { env } from 'cloudflare:workers'
import { SECRETS } from '../../support/secrets.ts'
import type { TokenForm } from './vector.ts'

const HASH = new Map([
  ['HS384', 'SHA-384'],
  ['HS512', 'SHA-512'],
])

const KEYS: Readonly<Record<TokenForm['key'], string>> = {
  people: SECRETS.AUTH_SECRET,
  admin: SECRETS.AUTH_ADMIN_SECRET,
  nudge: SECRETS.AUTH_NUDGE_SECRET,
  weak: 'secret',
  none: '',
}

/** A good token, but for what its form says: not all of them can be made by a library. */
export async function forge(form: TokenForm, { sub, tenant }: { sub: string; tenant: string }) {
  const now = Math.floor(Date.now() / 1_000)
  const times = Object.entries(form.times).map(([name, after]) => [name, now + after])
  const good = {
    iss: env.AUTH_ISSUER,
    aud: env.AUTH_AUDIENCE,
    sub,
    tenant,
    role: 'owner',
    iat: now,
    exp: now + 3_600,
  }
  const claims = Object.entries({ ...good, ...form.claims, ...Object.fromEntries(times) })
  const kept = Object.fromEntries(claims.filter(([name]) => !form.without.includes(name)))
  const header = { alg: 'HS256', ...form.header }
  const signed = `${base64url(JSON.stringify(header))}.${base64url(form.payload ?? JSON.stringify(kept))}`
  return `${form.before}${signed}.${await signature(signed, form.key, header.alg)}${form.behind}`
}

async function signature(text: string, name: TokenForm['key'], alg: string): Promise<string> {
  if (name === 'none') return ''
  const bytes = new TextEncoder()
  const hash = HASH.get(alg) ?? 'SHA-256'
  const key = await crypto.subtle.importKey('raw', bytes.encode(KEYS[name]), { name: 'HMAC', hash }, false, [
    'sign',
  ])
  const made = await crypto.subtle.sign('HMAC', key, bytes.encode(text))
  return encode(String.fromCharCode(...new Uint8Array(made)))
}

const base64url = (text: string) => encode(String.fromCharCode(...new TextEncoder().encode(text)))

const encode = (binary: string) => btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
