import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { HANG_MS, inWorkerd, patient } from './test/support/projects.ts'

const installed = join(import.meta.dirname, 'node_modules')

/**
 * The projects run one after another, lightest first. Where each file has a database, processes and ports of its
 * own, two files run at once; four of the stack, where most of the time is waiting. Those of workerd share a database,
 * and those that build the page share its folder.
 */
const atOnce = (groupOrder: number, maxWorkers: number) => ({
  sequence: { groupOrder },
  maxWorkers,
  fileParallelism: maxWorkers > 1,
  ...patient(),
})

export default defineConfig({
  test: {
    teardownTimeout: HANG_MS,
    reporters: ['default', './test/support/totals-reporter.ts'],
    projects: [
      {
        // Node would be given what these have for a server, where nothing reacts.
        resolve: {
          alias: {
            'solid-js': join(installed, 'solid-js/dist/solid.js'),
            'svelte/reactivity': join(installed, 'svelte/src/reactivity/index-client.js'),
            'svelte/store': join(installed, 'svelte/src/store/index-client.js'),
          },
        },
        test: {
          name: 'unit',
          include: [
            'test/{project,protocol,core,simulation}/**/*.test.ts',
            'test/acceptance/{main-job,external}/*.test.ts',
            'test/{dev,example}/*.test.ts',
            '{client,examples/invoices/web}/test/**/*.test.{ts,tsx}',
          ],
          ...atOnce(0, 2),
        },
      },
      {
        test: {
          name: 'postgres',
          include: ['test/{postgres,define,contract,dev/postgres,example/postgres}/**/*.test.ts'],
          ...atOnce(1, 2),
        },
      },
      {
        plugins: [inWorkerd()],
        test: {
          name: 'workerd',
          include: ['test/{tenant,worker,hostile}/**/*.test.ts'],
          globalSetup: ['./test/support/global-postgres.ts'],
          ...atOnce(2, 1),
        },
      },
      {
        test: {
          name: 'stack',
          include: ['test/stack/**/*.test.ts'],
          globalSetup: ['./test/support/global-bundle.ts'],
          ...atOnce(3, 4),
        },
      },
      {
        test: {
          // What runs the example, whose page has one folder.
          name: 'browser',
          include: ['test/{browser,example/stack}/**/*.test.ts'],
          globalSetup: ['./test/example/global-bundle.ts'],
          ...atOnce(4, 1),
        },
      },
      {
        test: { name: 'local', include: ['test/dev/local/**/*.test.ts'], ...atOnce(5, 1) },
      },
    ],
  },
})
