import { it } from 'vitest'
import { progressOf } from '../support/progress.ts'
import { playOnProcesses } from './play-on-processes.ts'

const PLANS = 10

it('SIM-8 the same plans hold on real processes that are killed and stopped', async (context) => {
  const lines = await playOnProcesses(PLANS, { progress: progressOf(context, 'plans') })
  for (const line of lines) await context.annotate(line)
})
