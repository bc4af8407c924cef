import { runInDurableObject } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { READING_KEPT_MS, ReadingList } from '../../src/registry/reading-list.ts'
import { DOUBLES } from '../../src/tenant/metrics/analytics-point.ts'
import { Metrics } from '../../src/tenant/metrics/metrics.ts'
import { REPORT_EVERY_MS, Reports } from '../../src/tenant/metrics/reports.ts'
import { Store } from '../../src/tenant/storage/store.ts'
import { newTenant, Peer } from '../tenant/support/peer.ts'
import { assignee, card } from '../tenant/support/samples.ts'
import { objectOf, signNudge } from '../tenant/support/tenant-world.ts'

async function scrape(claims: Record<string, unknown>, query = '', audience = 'tidemark:admin') {
  const response = await exports.default.fetch(`https://tidemark.test/metrics${query}`, {
    headers: { Authorization: `Bearer ${await signNudge(claims, audience)}` },
  })
  return { status: response.status, type: response.headers.get('Content-Type'), text: await response.text() }
}

/** The samples of a tenant, by name and further labels. */
const samplesOf = (text: string, tenant: string) =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.includes(`tenant="${tenant}"`))
      .map((line) => line.replace(`tenant="${tenant}"`, '').replace('{,', '{').split(' ')),
  )

async function edited(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1')))
  await ada.committed(1)
  return { tenant, ada }
}

describe('/metrics', () => {
  it('MET-20 tells of one tenant as of now', async () => {
    const { tenant } = await edited('scraped')
    const { status, type, text } = await scrape({ tenant }, `?tenant=${tenant}`)
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(samplesOf(text, tenant)).toMatchObject({
      'tidemark_edits_accepted_total{first="object"}': '1',
      'tidemark_frames_received_total{kind="push"}': '1',
      'tidemark_sessions{}': '1',
      'tidemark_drain_lag_seconds_count{}': '1',
    })
    expect((await scrape({ tenant })).text).toContain('tidemark_sessions')
  })

  it('MET-21 tells of all tenants as they told it last, and wakes none of them', async () => {
    const { tenant, ada } = await edited('told')
    ada.close()
    const told = async () => samplesOf((await scrape({ tenants: 'all' })).text, tenant)
    await expect
      .poll(told)
      .toMatchObject({ 'tidemark_edits_accepted_total{first="object"}': '1', 'tidemark_sessions{}': '0' })
    const wakeUps = async () => (await told())['tidemark_wake_ups_total{}']
    const before = await wakeUps()
    await runInDurableObject(objectOf(tenant), (_, state) => state.abort('a crash')).catch(() => undefined)
    expect(await wakeUps()).toBe(before)
    expect((await scrape({ tenants: 'all' })).text).toMatch(/^tidemark_tenants [1-9]/m)
  })

  it('MET-21 tells of the tenants that a token names, however many others were heard of since', async () => {
    const reading = { since: 0, at: 0, counters: {}, histograms: {}, gauges: {} }
    const [told, named] = await runInDurableObject(objectOf(newTenant('list')), (_, { storage }) => {
      const list = new ReadingList(storage)
      for (let i = 0; i < 20; i++) list.put(`t${i}`, reading, READING_KEPT_MS + i)
      return [list.latest(5), list.latest(5, ['t2', 't0', 'unheard'])]
    })
    const namesOf = ({ readings }: typeof told) => readings.map(({ tenant }) => tenant)
    expect([told.tenants, namesOf(told)]).toEqual([20, ['t15', 't16', 't17', 't18', 't19']])
    expect([named.tenants, namesOf(named)]).toEqual([2, ['t0', 't2']])
  })

  it.each([
    ['a person', { tenant: 'acme', sub: 'ada' }, '', 'tidemark', 401],
    ['a nudge', { tenant: 'acme' }, '', 'tidemark:nudge', 401],
    ['nobody in particular', {}, '', 'tidemark:admin', 401],
    ['some tenants', { tenants: 'acme' }, '', 'tidemark:admin', 401],
    ['another tenant', { tenant: 'acme' }, '?tenant=other', 'tidemark:admin', 403],
    ['a tenant that is not there', { tenants: 'all' }, '?tenant=nowhere-at-all', 'tidemark:admin', 404],
  ])('MET-22 is not told to a token for %s', async (_, claims, query, audience, status) => {
    expect((await scrape(claims, query, audience)).status).toBe(status)
  })
})

describe('Analytics Engine', () => {
  it('MET-23 gets a point for what came since the last, at most one a minute, and none where nothing came', async () => {
    const name = newTenant('points')
    const points: { indexes: string[]; blobs: string[]; doubles: number[] }[] = []
    await runInDurableObject(objectOf(name), async (_, { storage }) => {
      const store = new Store(storage, 4)
      store.transaction((txn) => txn.found(name, 'epoch'))
      let at = 1_000_000
      const now = () => at
      const metrics = new Metrics({ store, log: () => {}, now, pause: () => Promise.resolve() })
      const analytics = { writeDataPoint: (point: (typeof points)[number]) => void points.push(point) }
      const reports = new Reports({ store, metrics, sessions: { size: 2 }, analytics, now })
      const tell = () => reports.told(reports.reading)
      tell()
      metrics.turn([], [{ is: 'accepted', n: 1, seq: 1 }])
      tell()
      metrics.turn([], [])
      at += REPORT_EVERY_MS - 1
      tell()
      at += 1
      metrics.turn([], [{ is: 'rejected', n: 2, error: { code: 'bad-id', message: '', retryable: false } }])
      tell()
      at += REPORT_EVERY_MS
      tell()
    })
    const of = (point: (typeof points)[number] | undefined) =>
      Object.fromEntries(DOUBLES.map(({ name: called }, i) => [called, point?.doubles[i]]))
    expect(points).toHaveLength(2)
    expect(of(points[0])).toMatchObject({ sessions: 2, 'verdicts that are refusals': 0 })
    expect(of(points[1])).toMatchObject({ seconds: 60, 'verdicts that are refusals': 1, 'wake-ups': 0 })
    expect(points[0]?.blobs).toEqual([name])
  })

  it('MET-23 a point is within what the platform takes', () => {
    expect(DOUBLES.length).toBeLessThanOrEqual(20)
    expect(new Set(DOUBLES.map(({ name }) => name)).size).toBe(DOUBLES.length)
  })
})
