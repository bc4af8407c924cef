/** The secrets of the Workers that run in the tests' own process. */
export const SECRETS = {
  AUTH_SECRET: 'a secret that only tests know, 32 bytes or more',
  AUTH_ADMIN_SECRET: 'a secret of those who administer, in tests',
  AUTH_NUDGE_SECRET: 'a secret of those who nudge, only in tests',
}
