import process from 'node:process'
import { it } from 'vitest'
import { playOnProcesses } from './play-on-processes.ts'

// A small part; `npm run proof` has the rest.
it('SIM-8 the same plans hold on real processes that are killed and stopped', async () => {
  for (const line of await playOnProcesses(1, { often: 2 })) process.stdout.write(`processes: ${line}\n`)
})
