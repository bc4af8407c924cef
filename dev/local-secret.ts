import { DEVELOPMENT_PREFIX } from '../src/worker/auth/weak-secret.ts'

/**
 * Sign tokens of the local stack only, so that they may stand here for everybody to read: a Worker that is not
 * on this machine serves nothing with them.
 */
export const LOCAL_SECRETS = {
  AUTH_SECRET: `${DEVELOPMENT_PREFIX}: anyone may read this secret`,
  AUTH_ADMIN_SECRET: `${DEVELOPMENT_PREFIX}: anyone may administer with this`,
  AUTH_NUDGE_SECRET: `${DEVELOPMENT_PREFIX}: anyone may nudge with this`,
}
