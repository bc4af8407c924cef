/** What the tenant's object takes of Node's crypto, which `nodejs_compat` brings. Unlike WebCrypto's, these do not wait. */
declare module 'node:crypto' {
  export function createHmac(
    algorithm: 'sha256',
    key: string,
  ): { update(text: string): { digest(encoding: 'base64url'): string } }
  export function createHash(algorithm: 'sha256'): {
    update(text: string): { digest(encoding: 'hex'): string }
  }
  export function timingSafeEqual(a: Uint8Array, b: Uint8Array): boolean
}
