import { defineConfig } from 'vitest/config'
import { inWorkerd, patient } from './test/support/projects.ts'

/**
 * The projects run one after another, lightest first. Each file has processes, folders and ports of its own, or
 * tenants where it shares a database, so two of a project run at once. Those that build the page or start from
 * a command line are alone: the page has one folder.
 */
const atOnce = (groupOrder: number, maxWorkers: number) => ({
  sequence: { groupOrder },
  maxWorkers,
  fileParallelism: maxWorkers > 1,
  ...patient(),
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
          ...atOnce(0, 2),
        },
      },
      {
        test: { name: 'postgres', include: ['test/postgres/**/*.test.ts'], ...atOnce(1, 2) },
      },
      {
        plugins: [inWorkerd()],
        test: {
          name: 'workerd',
          include: ['test/{tenant,edge}/**/*.test.ts'],
          globalSetup: ['./test/support/global-postgres.ts'],
          ...atOnce(2, 2),
        },
      },
      {
        test: {
          name: 'stack',
          include: ['test/stack/**/*.test.ts'],
          globalSetup: ['./test/support/global-bundle.ts'],
          ...atOnce(3, 2),
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['./test/support/global-bundle.ts'],
          ...atOnce(4, 1),
        },
      },
      {
        test: { name: 'local', include: ['test/local/**/*.test.ts'], ...atOnce(5, 1) },
      },
    ],
  },
})
