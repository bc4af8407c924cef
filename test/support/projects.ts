import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { SECRETS } from './secrets.ts'

/**
 * Milliseconds after which a test or hook that does not end is given up. No test is judged by its speed: this
 * is so far from what any takes that only one that hangs meets it, on a machine many times slower, too.
 */
export const HANG_MS = 15 * 60_000

/** The same for a test of the proof, which may take half an hour by itself. */
export const PROOF_HANG_MS = 3 * 3_600_000

/** What all projects have: how long is waited for what should happen. */
export function patient(hangMs = HANG_MS) {
  return {
    testTimeout: hangMs,
    hookTimeout: HANG_MS,
    expect: { poll: { timeout: HANG_MS / 3, interval: 20 } },
  }
}

/** Runs in the process of the board's Worker, with the settings that are deployed. */
export const inWorkerd = () =>
  cloudflareTest(({ inject }) => ({
    wrangler: { configPath: './test/fixtures/board/wrangler.toml' },
    miniflare: {
      bindings: {
        DATABASE_URL: inject<string>('databaseUrl'),
        // What other programs of the tests use.
        OWNER_URL: inject<string>('ownerUrl'),
        NEON_ENDPOINT: inject<string>('neonEndpoint'),
        ...SECRETS,
        // A look by the clock would come between a test's steps. test/stack runs with it.
        POLL_CHANGES: 'cron',
      },
    },
  }))
