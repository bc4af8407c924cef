import { it } from 'vitest'
import { progressOf } from '../support/progress.ts'
import { playInWorkerd } from './support/play-in-workerd.ts'

it('SIM-7 the same plans hold on real objects that are evicted, put to sleep and aborted', async (context) => {
  for (const line of await playInWorkerd(1_000, progressOf(context, 'evictions')))
    await context.annotate(line)
})
