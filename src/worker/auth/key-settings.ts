/** The settings that decide which tokens are believed. */
export type KeySettings = {
  readonly AUTH_ISSUER: string
  /** The audience of people's tokens. Those of services have its name with `:nudge` or `:admin` behind it. */
  readonly AUTH_AUDIENCE: string
  /** Where an identity provider publishes its keys; empty when the secret signs people's tokens. */
  readonly AUTH_JWKS_URL: string
  readonly AUTH_SECRET: string
  /** Signs the tokens of whoever administers tenants; without it nobody does. */
  readonly AUTH_ADMIN_SECRET?: string
  /** Signs the tokens of whoever nudges; without it nobody does. */
  readonly AUTH_NUDGE_SECRET?: string
  /** The longest life of a token, in seconds. */
  readonly AUTH_MAX_TOKEN_SECONDS?: string
}

/** Seconds that a token lives at most, unless the setting says otherwise. */
const MAX_TOKEN_SECONDS = 86_400

/** The longest life of a token, in seconds; NaN where the setting is no number. */
export function maxTokenSeconds({ AUTH_MAX_TOKEN_SECONDS: set = '' }: KeySettings): number {
  return set === '' ? MAX_TOKEN_SECONDS : Number(set)
}

/** The purpose of a service's token: what it may do with it. */
export type Purpose = 'nudge' | 'admin'

/** The names of the secrets that sign services' tokens. */
export const SERVICE_SECRETS = {
  nudge: 'AUTH_NUDGE_SECRET',
  admin: 'AUTH_ADMIN_SECRET',
} as const satisfies Record<Purpose, keyof KeySettings>
