import type { TidemarkApp } from '../define/define-app.ts'
import type { Environment } from '../platform/environment.ts'
import { problemsOf } from '../platform/settings.ts'
import { PROTOCOL_VERSION, SPOKEN_VERSIONS } from '../protocol/version.ts'
import { settingFault } from './auth/setting-fault.ts'

/**
 * Tells how the Worker stands, for whoever asks, without waking an object or Postgres: which protocols it speaks,
 * for which schema, and the settings with which it cannot do its work. With one of those the status is 503.
 */
export function health(request: Request, env: Environment, app: TidemarkApp): Response {
  const fault = settingFault(env, new URL(request.url).hostname)
  const problems = [...problemsOf(env), ...(fault === undefined ? [] : [fault])]
  const ok = problems.length === 0
  const body = {
    ok,
    protocol: PROTOCOL_VERSION,
    spoken: SPOKEN_VERSIONS,
    schema: app.manifest.hash,
    problems,
  }
  return Response.json(body, { status: ok ? 200 : 503, headers: { 'Cache-Control': 'no-store' } })
}
