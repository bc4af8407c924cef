import { expect, it, onTestFinished, vi } from 'vitest'
import { Random } from '../../../dev/harness/random.ts'
import { until } from '../../../dev/harness/until.ts'
import { fastClock } from '../real/clock.ts'
import { Link } from './link.ts'

const TEXTS = ['one', 'two', 'three']
const quiet = () => {}

it.for([1, 2, 3, 4, 5, 6, 7, 8])(
  'SIM-11 what is sent down a link is heard in its order, also when time passes at look %i at the clock',
  async (last) => {
    let looks = 0
    const begun = Date.now()
    const date = vi.spyOn(Date, 'now').mockImplementation(() => begun + (looks++ < last ? 0 : 1))
    onTestFinished(() => void date.mockRestore())
    const heard: string[] = []
    const latencies = [40, 0, 0]
    const link = new Link(
      'link',
      { timeline: fastClock(20), random: new Random(1), version: 7 },
      { opened: quiet, received: (text) => void heard.push(text), closed: quiet },
      {
        said: quiet,
        arrived: quiet,
        sent: quiet,
        heard: quiet,
        disturbed: quiet,
        latency: () => latencies.shift() ?? 0,
      },
    )
    for (const text of TEXTS) link.sendDown(text)
    date.mockRestore()
    await until('all are heard', () => heard.length === TEXTS.length)
    expect(heard).toEqual(TEXTS)
  },
)
