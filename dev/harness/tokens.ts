import { SignJWT } from 'jose'

/** What wrangler.toml declares. */
const ISSUER = 'tidemark'
const AUDIENCE = 'tidemark'

/** A token as the identity provider would sign it, for anybody in any tenant. */
export function signPerson(
  secret: string,
  tenant: string,
  name: string,
  role = 'owner',
  valid = '1d',
): Promise<string> {
  return sign(secret, AUDIENCE, { tenant, role, sub: name }, valid)
}

/** A token as a service would hold it that tells of its writes in Postgres. */
export function signNudge(secret: string, tenant: string): Promise<string> {
  return sign(secret, `${AUDIENCE}:nudge`, { tenant })
}

/** A token of whoever looks at all tenants. */
export function signOperator(secret: string): Promise<string> {
  return sign(secret, `${AUDIENCE}:admin`, { tenants: 'all' })
}

/** A token of whoever administers a tenant. */
export function signAdmin(secret: string, tenant: string): Promise<string> {
  return sign(secret, `${AUDIENCE}:admin`, { tenant })
}

function sign(
  secret: string,
  audience: string,
  claims: Record<string, string>,
  valid = '1d',
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(ISSUER)
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(valid)
    .sign(new TextEncoder().encode(secret))
}
