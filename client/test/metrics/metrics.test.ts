import { describe, expect, it } from 'vitest'
import { countReport } from '../../../src/core/metrics/count-report.ts'
import { Tally } from '../../../src/core/metrics/tally.ts'
import { clockMark } from '../../../src/protocol/clock-mark.ts'
import { decodeUp, encode } from '../../../src/protocol/codec/codec.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import { MAX_REPORTED, REPORT_EVERY_MS } from '../../../src/protocol/limits.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import { Metrics } from '../../src/metrics/metrics.ts'

/** How far the server's clock is ahead, in ms. */
const AHEAD = 7_000

/** A client's part for metrics, with its connection and the time in the test's hands. */
class Desk {
  now = 1_795_000_000_000
  isLive = false
  isOnline = true
  wake = () => {}
  readonly part: Metrics

  constructor() {
    this.part = new Metrics({
      now: () => this.now,
      onWake: (listener) => {
        this.wake = listener
        return () => {}
      },
      isOnline: () => this.isOnline,
      guard: (work) => {
        work()
      },
      isLive: () => this.isLive,
    })
  }

  /** A live connection, whose hello took 20 ms. */
  static live(subscriptions = 1): Desk {
    const desk = new Desk()
    desk.connect(subscriptions)
    return desk
  }

  connect(subscriptions = 1, resumed = false): void {
    this.part.said(['hello', { protocol: 8, client: 'client-a1', acknowledged: 0, unsettled: 1 }])
    this.now += 20
    this.hear(['welcome', { ...WELCOME, now: this.now - 10 + AHEAD }])
    for (let id = 0; id < subscriptions; id++) {
      this.part.said(['subscribe', { id, query: {} }])
      this.hear([
        'view',
        { subscription: id, view: id, columns: ['id'], resumeToken: 't', ...(resumed && { resumed }) },
      ])
    }
    this.isLive = true
    this.part.told()
  }

  hear(frame: Down, text = encode(frame)): void {
    this.part.saw(frame, text)
  }

  /** Rows that were accepted `ago` ms before they are here. */
  rows(from: number, to: number, ago: number): void {
    this.hear(['rows', from, to, [[0, [], [['c1', 1, 'x']], []]], clockMark(this.now + AHEAD - ago)])
  }

  push(...numbers: number[]): void {
    this.part.said(['push', 0, numbers.map((n) => ({ n, context: { epoch: 'e1', seq: 0 }, ops: [] }))])
  }

  lose(): void {
    this.isLive = false
    this.part.disconnected()
  }

  get metrics() {
    return this.part.getSnapshot()
  }
}

const WELCOME = {
  protocol: 8,
  session: 's',
  owner: 'ada',
  epoch: 'e1',
  seq: 0,
  committed: 0,
  known: 0,
  reverts: [],
  manifestHash: 'h',
  expiresAt: 0,
}

describe('a client measures', () => {
  it('MET-31 how long others’ edits took to be told here, and not its own', () => {
    const desk = Desk.live()
    desk.rows(0, 1, 120)
    desk.rows(1, 2, 40)
    desk.push(1)
    desk.now += 30
    desk.hear(['receipt', [{ is: 'accepted', n: 1, seq: 3 }]])
    desk.rows(2, 3, 15)
    expect(desk.metrics.delivery).toMatchObject({ count: 2, sum: 160 })
    // An own edit and another's in one interval are the other's as well.
    desk.push(2)
    desk.hear(['receipt', [{ is: 'accepted', n: 2, seq: 4 }]])
    desk.rows(3, 5, 10)
    expect(desk.metrics.delivery.count).toBe(3)
    // What it resumes with came at several times.
    desk.hear(['rows', 5, 9, [[0, [], [['c1', 1, 'y']], []]]])
    expect(desk.metrics.delivery.count).toBe(3)
    expect(desk.metrics.clockErrorMs).toBe(10)
  })

  it('MET-32 how long own edits took to be accepted, and to be in Postgres, from their first sending', () => {
    const desk = Desk.live()
    desk.push(1, 2)
    desk.now += 50
    desk.hear([
      'receipt',
      [
        { is: 'accepted', n: 1, seq: 1 },
        { is: 'rejected', n: 2, error: { code: 'busy', message: '', retryable: true } },
      ],
    ])
    desk.push(2)
    desk.now += 50
    desk.hear(['receipt', [{ is: 'accepted', n: 2, seq: 2 }]])
    desk.hear(['receipt', [{ is: 'accepted', n: 2, seq: 2 }]])
    desk.now += 100
    desk.hear(['committed', 2])
    desk.hear(['committed', 2])
    expect(desk.metrics.accepted).toMatchObject({ count: 2, sum: 150 })
    expect(desk.metrics.committed).toMatchObject({ count: 2, sum: 400 })
    // One that is refused for good has neither.
    desk.push(3)
    desk.hear([
      'receipt',
      [{ is: 'rejected', n: 3, error: { code: 'bad-id', message: '', retryable: false } }],
    ])
    desk.hear(['committed', 9])
    expect([desk.metrics.accepted.count, desk.metrics.committed.count]).toEqual([2, 2])
  })

  it('MET-33 how long it took to be live again, from when there was a network, and what was fetched anew', () => {
    const desk = Desk.live(2)
    desk.lose()
    desk.now += 300
    desk.connect(2, true)
    expect(desk.metrics.recovery).toMatchObject({ count: 1, sum: 320 })
    expect(desk.metrics.resyncs).toBe(0)
    desk.isOnline = false
    desk.lose()
    desk.now += 3_600_000
    desk.isOnline = true
    desk.wake()
    desk.now += 100
    desk.connect(2)
    expect(desk.metrics.recovery).toMatchObject({ count: 2, sum: 440 })
    expect(desk.metrics.resyncs).toBe(2)
  })

  it('MET-34 bytes, and hours of live subscriptions', () => {
    const desk = Desk.live(3)
    const before = desk.metrics.bytes
    desk.hear(['committed', 1], '["committed",1] €')
    expect(desk.metrics.bytes - before).toBe(19)
    desk.now += 1_800_000
    desk.hear(['committed', 1])
    expect(desk.metrics.subscriptionHours).toBeCloseTo(1.5)
    desk.lose()
    desk.now += 3_600_000
    desk.hear(['committed', 1])
    expect(desk.metrics.subscriptionHours).toBeCloseTo(1.5)
  })
})

describe('a client reports', () => {
  const reports = (frames: readonly Up[]) =>
    frames.flatMap((frame) => (frame[0] === 'metrics' ? [frame[1]] : []))

  it('MET-35 beside what it sends anyway, at most every 10 s, what it has not reported yet', () => {
    const desk = Desk.live()
    desk.now += REPORT_EVERY_MS
    expect(reports(desk.part.outgoing(8))).toHaveLength(1)
    desk.rows(0, 1, 100)
    desk.now += REPORT_EVERY_MS
    expect(desk.part.outgoing(8)).toEqual([])
    desk.push(1)
    const [report] = reports(desk.part.outgoing(8))
    expect(report?.delivery?.[0]).toBe(100)
    expect(report?.subscribed).toBe(REPORT_EVERY_MS)
    desk.push(2)
    expect(desk.part.outgoing(8)).toEqual([])
    desk.now += REPORT_EVERY_MS
    desk.push(3)
    expect(reports(desk.part.outgoing(8))[0]?.delivery).toBeUndefined()
    // A server of an earlier version has no word for it.
    desk.now += REPORT_EVERY_MS
    desk.push(4)
    expect(desk.part.outgoing(7)).toEqual([])
  })

  it('MET-36 what is a frame and is believed whole, however much it has measured', () => {
    const desk = Desk.live()
    for (let i = 0; i < 3 * MAX_REPORTED; i++) desk.rows(i, i + 1, (i * 37) % 40_000)
    desk.now += REPORT_EVERY_MS
    desk.push(1)
    const [frame] = desk.part.outgoing(8)
    if (frame?.[0] !== 'metrics') throw new Error('there is no report')
    expect(decodeUp(encode(frame))).toEqual({ ok: true, frame })
    const tally = new Tally()
    expect(countReport(tally, frame[1])).toBe(true)
    expect(tally.distribution('client_delivery').count).toBe(MAX_REPORTED)
    expect(desk.metrics.delivery.count).toBe(3 * MAX_REPORTED)
  })
})
