import * as v from 'valibot'
import { type WireError, wireError } from '../../protocol/errors.ts'
import { whyNoId } from '../../protocol/ids.ts'
import { MAX_TENANTS_PER_CALL } from '../../protocol/limits.ts'
import { type KeySettings, type Purpose, SERVICE_SECRETS } from './key-settings.ts'
import { NOT_VALID, verifyToken } from './verify-token.ts'

/** The service that a token speaks for: what it calls itself, and the tenants that it may act on. */
export type Service = {
  readonly tenants: readonly [string, ...string[]]
  /** For the log: the subject of its token, and the token's id; empty where it has none. */
  readonly by: string
  readonly tokenId: string
}

/** The service, or why it is not served. */
export type VerifiedService =
  | ({ readonly ok: true } & Service)
  | { readonly ok: false; readonly status: 401 | 503; readonly error: WireError }

const tenantSchema = v.pipe(
  v.string(),
  v.check((name) => whyNoId(name) === undefined),
)

const nameSchema = v.optional(v.pipe(v.string(), v.maxLength(256)), '')

/** One tenant by `tenant`, or several by `tenants`, and not both. */
const serviceSchema = v.union([
  v.object({ tenant: tenantSchema, tenants: v.optional(v.undefined()), sub: nameSchema, jti: nameSchema }),
  v.object({
    tenant: v.optional(v.undefined()),
    tenants: v.pipe(v.array(tenantSchema), v.minLength(1), v.maxLength(MAX_TENANTS_PER_CALL)),
    sub: nameSchema,
    jti: nameSchema,
  }),
])

/**
 * Verifies a token that a service shows. Each purpose has an audience and a secret of its own, so a person's token
 * serves for none, none of them connects, and whoever holds the secret of one can do nothing else with it.
 */
export async function authenticateService(
  settings: KeySettings,
  token: string,
  purpose: Purpose,
): Promise<VerifiedService> {
  const name = SERVICE_SECRETS[purpose]
  const key = settings[name] ?? ''
  if (key === '') {
    const error = wireError('forbidden', `${name} is not set, so there is nobody who may ${DOES[purpose]}.`)
    return { ok: false, status: 503, error }
  }
  const verified = await verifyToken(settings, token, {
    key,
    audience: `${settings.AUTH_AUDIENCE}:${purpose}`,
  })
  if (!verified.ok) return { ...verified, status: 401 }
  const service = v.safeParse(serviceSchema, verified.payload)
  if (!service.success) return { ...NOT_VALID, status: 401 }
  const { tenant, tenants = [], sub: by, jti: tokenId } = service.output
  const [first = tenant, ...others] = tenants
  if (first === undefined) return { ...NOT_VALID, status: 401 }
  return { ok: true, tenants: [first, ...others], by, tokenId }
}

/** The tenants that an operator's token is for. */
export type Operator =
  | { readonly ok: true; readonly tenants: readonly string[] | 'all' }
  | Extract<VerifiedService, { readonly ok: false }>

/**
 * Verifies the token of an operator who looks at tenants: those that it names, or with `"tenants": "all"` each there
 * is. Such a token serves for nothing but looking.
 */
export async function authenticateOperator(settings: KeySettings, token: string): Promise<Operator> {
  const service = await authenticateService(settings, token, 'admin')
  if (service.ok || service.status !== 401) return service
  const verified = await verifyToken(settings, token, {
    key: settings[SERVICE_SECRETS.admin] ?? '',
    audience: `${settings.AUTH_AUDIENCE}:admin`,
  })
  return verified.ok && verified.payload['tenants'] === 'all' ? { ok: true, tenants: 'all' } : service
}

const DOES: Readonly<Record<Purpose, string>> = { nudge: 'nudge', admin: 'administer a tenant' }
