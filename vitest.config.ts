import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/**
 * The projects run one after another, lightest first, and those that own processes or a database
 * run one file at a time: on a small machine two of them at once would only wait for each other.
 */
const alone = (groupOrder: number) => ({
  sequence: { groupOrder },
  maxWorkers: 1,
  fileParallelism: false,
})

export default defineConfig({
  test: {
    reporters: ['default', './test/support/totals-reporter.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'test/*.test.ts',
            'test/{protocol,core,main-job,simulation}/**/*.test.ts',
            '{client,web}/test/**/*.test.{ts,tsx}',
          ],
          testTimeout: 30_000,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'postgres',
          include: ['test/postgres/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 120_000,
          ...alone(1),
        },
      },
      {
        plugins: [
          cloudflareTest(({ inject }) => ({
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                DATABASE_URL: inject<string>('databaseUrl'),
                NEON_ENDPOINT: inject<string>('neonEndpoint'),
                AUTH_SECRET: 'a secret that only tests know, 32 bytes or more',
                TIDEMARK_DEV: 'true',
                // A look by the clock would come between a test's steps. test/stack runs with it.
                PACED_LOOK: 'cron',
              },
            },
          })),
        ],
        test: {
          name: 'workerd',
          include: ['test/{tenant,edge}/**/*.test.ts'],
          globalSetup: ['./test/support/global-postgres.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          ...alone(2),
        },
      },
      {
        test: {
          name: 'stack',
          include: ['test/stack/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...alone(3),
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          ...alone(4),
        },
      },
    ],
  },
})
