import { describe, it } from 'vitest'
import { CONTRACT } from '../../../client/test/tabs/neighbours-contract.ts'
import { fastClock } from '../real/clock.ts'
import { Tabs } from './tabs.ts'

/** Milliseconds that messages and locks take, one after the other. */
const LATENCIES_MS = [2, 0, 3, 1]

describe('the tabs of a simulated browser', () => {
  it.each(CONTRACT)('CTR-70 $title', async ({ run }) => {
    let asked = 0
    const latency = () => LATENCIES_MS[asked++ % LATENCIES_MS.length] ?? 0
    const tabs = new Tabs({ clock: fastClock(1), latency, most: 2, role: 'owner' })
    const awake = { reach: (then: () => void) => then() }
    await run({ one: tabs.open(awake), other: tabs.open(awake), name: 'a' })
  })
})
