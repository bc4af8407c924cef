import type { MiddlewareHandler } from 'hono'
import type { Environment } from '../../platform/environment.ts'
import { writeLine } from '../../platform/log-line.ts'
import { wireError } from '../../protocol/errors.ts'
import { refuse } from './refuse.ts'
import { settingFault } from './setting-fault.ts'

/**
 * Serves nothing as long as the settings let in whom they should not: each request is answered with what to do, and
 * the log has it once.
 */
export function settingsGuard(): MiddlewareHandler<{ Bindings: Environment }> {
  let told: string | undefined
  return async ({ env, req }, next) => {
    const fault = settingFault(env, new URL(req.url).hostname)
    if (fault === undefined) return next()
    if (fault !== told) writeLine('refused-to-start', { error: fault })
    told = fault
    return refuse(wireError('internal', fault))
  }
}
