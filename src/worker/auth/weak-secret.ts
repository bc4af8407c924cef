/** Bytes that a secret has at least: as many as the hash that it is for (RFC 7518, 3.2). */
export const MIN_SECRET_BYTES = 32

/** Different characters that a secret has at least. One made by chance has more. */
const MIN_DIFFERENT = 8

/** A secret that begins so is one of the local stack: it stands in a repository for everybody to read. */
export const DEVELOPMENT_PREFIX = 'only for development'

/** Secrets of the right length that are printed in public as examples. */
const PUBLIC_SECRETS: ReadonlySet<string> = new Set([
  'a-string-secret-at-least-256-bits-long',
  'your-256-bit-secret-your-256-bit-secret',
  'change-me-change-me-change-me-change-me',
  'secretsecretsecretsecretsecretsecret',
  '0123456789abcdef0123456789abcdef',
  '00112233445566778899aabbccddeeff',
])

/** The reason for which a secret keeps nobody out, as the end of a sentence; undefined for a good one. */
export function whyWeak(secret: string, isDevelopment: boolean): string | undefined {
  if (secret.startsWith(DEVELOPMENT_PREFIX)) {
    return isDevelopment ? undefined : 'is the one of the local stack, which everybody can read'
  }
  const bytes = new TextEncoder().encode(secret).byteLength
  if (bytes < MIN_SECRET_BYTES) return `has ${bytes} bytes, and ${MIN_SECRET_BYTES} are the least`
  if (PUBLIC_SECRETS.has(secret.toLowerCase())) return 'is an example that everybody can read'
  if (new Set(secret).size < MIN_DIFFERENT) return 'can be guessed'
  return undefined
}
