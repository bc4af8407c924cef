import { Hono } from 'hono'
import { SignJWT } from 'jose'
import type { Environment } from 'tidemark/worker'
import * as v from 'valibot'
import { PEOPLE } from './dev-people.ts'

/** Seconds a development token lasts unless the request asks for less. */
const TOKEN_SECONDS = 3_600

const requestSchema = v.object({
  person: v.string(),
  ttlSeconds: v.optional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(TOKEN_SECONDS)),
    TOKEN_SECONDS,
  ),
})

/** Sign-in without a password, for the local stack. Everywhere else these paths do not exist. */
export const devSignIn = new Hono<{ Bindings: Environment }>()
  .use(async (context, next) => {
    if (context.env.TIDEMARK_DEV !== 'true') return context.notFound()
    return next()
  })
  .get('/people', (context) => context.json(PEOPLE))
  .post('/token', async (context) => {
    const request = v.safeParse(requestSchema, await context.req.json().catch(() => undefined))
    const person = request.success
      ? PEOPLE.find((candidate) => candidate.person === request.output.person)
      : undefined
    if (!request.success || !person) {
      const names = PEOPLE.map((candidate) => candidate.person).join(', ')
      return context.json({ message: `Send { "person": ... } with one of ${names}.` }, 400)
    }
    const { name, role, tenant } = person
    const token = await new SignJWT({ tenant, role, name })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(person.person)
      .setIssuer(context.env.AUTH_ISSUER)
      .setAudience(context.env.AUTH_AUDIENCE)
      .setIssuedAt()
      .setExpirationTime(`${request.output.ttlSeconds}s`)
      .sign(new TextEncoder().encode(context.env.AUTH_SECRET))
    return context.json({ token, name, role, tenant })
  })
