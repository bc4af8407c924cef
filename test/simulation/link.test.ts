import { expect, it, vi } from 'vitest'
import { Random } from '../support/random.ts'
import { until } from '../support/until.ts'
import { Link } from './link.ts'
import { fastClock } from './real/clock.ts'

it('SIM-11 what is sent down a link is heard in its order, though the clock goes on meanwhile', async () => {
  let looks = 0
  const begun = Date.now()
  // A millisecond passes while the first frame is handed over.
  const date = vi.spyOn(Date, 'now').mockImplementation(() => begun + (looks++ < 3 ? 0 : 1))
  try {
    const timeline = fastClock(20)
    const heard: string[] = []
    const latencies = [40, 0, 0]
    const link = new Link(
      'link',
      { timeline, random: new Random(1) },
      { opened: () => {}, received: (text) => void heard.push(text), closed: () => {} },
      {
        said: () => {},
        arrived: () => {},
        sent: () => {},
        heard: () => {},
        disturbed: () => {},
        latency: () => latencies.shift() ?? 0,
      },
    )
    for (const text of ['one', 'two', 'three']) link.sendDown(text)
    date.mockRestore()
    await until('all are heard', () => heard.length === 3)
    expect(heard).toEqual(['one', 'two', 'three'])
  } finally {
    date.mockRestore()
  }
})
