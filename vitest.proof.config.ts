import { defineConfig } from 'vitest/config'
import { HANG_MS, inWorkerd, PROOF_HANG_MS, patient } from './test/support/projects.ts'

/**
 * The long proof: thousands of simulated seeds, planted defects, kills by the dozen. `npm test` has a small part
 * of each. What is simulated shares two cores; what has processes of its own is alone.
 */
const inTurn = (groupOrder: number, maxWorkers: number) => ({
  sequence: { groupOrder },
  maxWorkers,
  fileParallelism: maxWorkers > 1,
  ...patient(PROOF_HANG_MS),
})

export default defineConfig({
  test: {
    teardownTimeout: HANG_MS,
    reporters: ['./test/support/proof-reporter.ts', './test/support/totals-reporter.ts'],
    projects: [
      {
        test: {
          name: 'simulated',
          include: ['{test/core,test/simulation,client/test}/**/*.proof.ts'],
          ...inTurn(0, 2),
        },
      },
      {
        test: {
          name: 'laws of texts',
          include: ['test/core/text/*.test.ts'],
          env: { LAW_CASES: '20000' },
          ...inTurn(0, 2),
        },
      },
      {
        plugins: [inWorkerd()],
        test: {
          name: 'workerd',
          include: ['test/{tenant,hostile}/**/*.proof.ts'],
          globalSetup: ['./test/support/global-postgres.ts'],
          ...inTurn(1, 1),
        },
      },
      {
        test: {
          name: 'stack',
          include: ['test/stack/**/*.proof.ts'],
          globalSetup: ['./test/support/global-bundle.ts'],
          ...inTurn(2, 1),
        },
      },
    ],
  },
})
