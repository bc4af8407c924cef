import { it } from 'vitest'
import { playInWorkerd } from './support/play-in-workerd.ts'

// A small part; `npm run proof` has the rest.
it('SIM-7 the same plans hold on real objects that are evicted, put to sleep and aborted', async () => {
  for (const line of await playInWorkerd(50)) console.log(`workerd: ${line}`)
})
