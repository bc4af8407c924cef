/** A token of an operator, with what it says of itself. Only the Worker verifies it. */
export type Token = {
  readonly text: string
  readonly tenants: readonly string[] | 'all'
  readonly expiresAt: number
}

/** In the tab alone: another tab signs in by itself, and nothing is left once it is closed. */
const KEY = 'tidemark console tokens'

/** Reads a token as somebody has pasted it; a sentence where it is none of an operator's. */
export function readToken(pasted: string): Token | string {
  const text = pasted.trim()
  const claims = claimsOf(text)
  if (!claims) return 'This is no token. Paste the whole line that the command prints.'
  const { tenant, tenants, exp } = claims
  if (typeof exp !== 'number') return 'The token does not say until when it is valid.'
  if (exp * 1_000 <= Date.now()) return 'The token is not valid any more. Make another one.'
  if (tenants === 'all') return { text, tenants, expiresAt: exp * 1_000 }
  const named = typeof tenant === 'string' ? [tenant] : tenants
  if (Array.isArray(named) && named.every((name) => typeof name === 'string'))
    return { text, tenants: named, expiresAt: exp * 1_000 }
  return 'The token names no tenant.'
}

function claimsOf(token: string): Record<string, unknown> | undefined {
  try {
    const part = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
    const bytes = Uint8Array.from(atob(part), (letter) => letter.charCodeAt(0))
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof claims === 'object' && claims !== null ? { ...claims } : undefined
  } catch {
    // What cannot be read is no token, whatever is wrong with it.
    return undefined
  }
}

/** The tokens of this tab that are still valid. */
export function keptTokens(): readonly Token[] {
  const lines = (sessionStorage.getItem(KEY) ?? '').split('\n').filter((line) => line !== '')
  return lines.map(readToken).filter((token) => typeof token !== 'string')
}

export function keepTokens(tokens: readonly Token[]): void {
  sessionStorage.setItem(KEY, tokens.map(({ text }) => text).join('\n'))
}

/** The token to look at all tenants with: the one that shows most. */
export function widest(tokens: readonly Token[]): Token | undefined {
  const size = ({ tenants }: Token) => (tenants === 'all' ? Number.POSITIVE_INFINITY : tenants.length)
  return tokens.toSorted((one, other) => size(other) - size(one))[0]
}

/** The token to administer one tenant with: it has to name that and no other. */
export function tokenFor(tokens: readonly Token[], tenant: string): Token | undefined {
  return tokens.findLast(({ tenants }) => tenants !== 'all' && tenants.length === 1 && tenants[0] === tenant)
}
