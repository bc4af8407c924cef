import type { TidemarkApp } from '../define/define-app.ts'
import { type Environment, objectOf } from '../platform/environment.ts'
import { admit, refuseAdmission, refuseTooOften } from './auth/admission.ts'
import { bearerOf } from './auth/bearer.ts'
import { refuse } from './auth/refuse.ts'
import { stillLoading } from './read.ts'

/** Answers a question about the past. No cache may keep an answer: rights count at the time of reading. */
export async function history(request: Request, env: Environment, app: TidemarkApp): Promise<Response> {
  const verified = await admit(request, env, app, bearerOf(request))
  if (!verified.ok) return refuseAdmission(verified)
  const question = new URL(request.url).searchParams.get('q') ?? ''
  const { claims, expiresAt, marks } = verified
  const answer = await objectOf(env, claims.tenant).history(claims, question, { expiresAt, marks })
  switch (answer.is) {
    case 'loading':
      return stillLoading()
    case 'refused':
      return refuse(answer.error)
    case 'too-often':
      return refuseTooOften(answer)
    case 'told':
      return new Response(answer.text, {
        headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
      })
  }
}
