import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { METRICS } from '../../../src/core/metrics/metric-table.ts'
import type { Reading } from '../../../src/core/metrics/reading.ts'
import { Tally } from '../../../src/core/metrics/tally.ts'
import { KEEP_EVERY_MS } from '../../../src/tenant/metrics/metrics.ts'
import { sql } from '../support/database.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { type PostgresCalls, watchPostgres } from '../support/postgres-calls.ts'
import { assignee, card, change } from '../support/samples.ts'
import { appliedOf, metaOf, nudge, objectOf } from '../support/tenant-world.ts'

async function readingOf(tenant: string): Promise<Reading> {
  const reading = await objectOf(tenant).metrics(tenant)
  if (!reading) throw new Error('there is no reading')
  return reading
}

/** The tables of an object's storage. */
const tablesOf = (tenant: string) =>
  runInDurableObject(objectOf(tenant), (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '_cf%'").toArray(),
  )

async function tallyOf(tenant: string): Promise<Tally> {
  const tally = new Tally()
  tally.add(await readingOf(tenant))
  return tally
}

/** What an object has stored of its counts, once that is all that it counted. */
async function untilKept(tenant: string): Promise<Reading> {
  let stored: unknown
  await expect
    .poll(
      async () => {
        const { counters } = await readingOf(tenant)
        stored = JSON.parse((await metaOf(tenant, 'metrics')) ?? '{}')
        return {
          ...(stored as Reading).counters,
          awake_time: undefined,
          now: { ...counters, awake_time: undefined },
        }
      },
      { timeout: 4 * KEEP_EVERY_MS },
    )
    .toSatisfy(({ now, ...kept }) => JSON.stringify(kept) === JSON.stringify(now))
  return stored as Reading
}

const utf8 = (texts: readonly string[]) =>
  texts.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0)

/** How many of these texts are frames of each kind. */
const byKind = (texts: readonly string[]) =>
  Object.fromEntries(
    [...Map.groupBy(texts, (text) => String(JSON.parse(text)[0]))].map(([kind, all]) => [kind, all.length]),
  )

/** Edits that are accepted, refused, in conflict and undone, and what two peers saw and sent for them. */
async function busyTenant(name: string) {
  const tenant = newTenant(name)
  const [ada, ben] = [await Peer.join({ sub: 'ada', tenant }), await Peer.join({ sub: 'ben', tenant })]
  await ada.push(ada.edit(assignee(), card('c1')))
  await ada.committed(1)
  await ben.next('rows')
  // Each without sight of the other.
  const [one, other] = [
    ada.edit(change('c1', { notes: { set: 'Anna’s' } })),
    ben.edit(change('c1', { notes: { set: 'Ben’s' } })),
  ]
  await ada.push(one)
  await ben.push(other)
  await ada.push(ada.edit(change('c1', { unheard: { set: 'of' } })))
  // Postgres has a card of that number.
  await ada.push(ada.edit(card('c2', { number: 'N-c1' })))
  await ada.until('it is undone', () => JSON.stringify(ada.frames).includes('"reverted"'))
  await ada.committed(4)
  return { tenant, peers: [ada, ben], ada, ben }
}

describe('what an object counts', () => {
  it('MET-10 of frames and bytes is what its clients sent and were sent', async () => {
    const { tenant, peers } = await busyTenant('frames')
    const { counters } = await readingOf(tenant)
    const [said, told] = [peers.flatMap((peer) => peer.said), peers.flatMap((peer) => peer.texts)]
    expect(counters.frames_received).toEqual(byKind(said))
    expect(counters.received_bytes).toEqual({ '': utf8(said) })
    await expect
      .poll(() => byKind(peers.flatMap((peer) => peer.texts)))
      .toEqual((await readingOf(tenant)).counters.frames_sent)
    expect(told.length).toBeGreaterThan(10)
    expect((await readingOf(tenant)).counters.sent_bytes).toEqual({
      '': utf8(peers.flatMap((peer) => peer.texts)),
    })
  })

  it('MET-11 of edits, verdicts, reverts and conflicts is what became of them', async () => {
    const { tenant, ben } = await busyTenant('edits')
    const { counters, gauges } = await readingOf(tenant)
    expect(counters.edits_accepted).toEqual({ object: 4 })
    expect(counters.verdicts).toEqual({ accepted: 4, 'unknown-column': 1 })
    expect(counters.edits_reverted).toEqual({ 'refused-unique': 1 })
    expect(counters.conflicts_found).toEqual({ 'cards notes lww policy': 1 })
    expect(gauges).toMatchObject({ sessions: 2, outbox: 0, proposals: 0, open_conflicts: 1, aside: 0 })
    expect(counters.sessions_opened).toEqual({ '': 2 })
    ben.sendText('no frame')
    await ben.untilClosed()
    expect((await readingOf(tenant)).counters).toMatchObject({
      frames_refused: { 'bad-json': 1 },
      sessions_closed: { 4400: 1 },
    })
  })

  it('MET-12 of Postgres is each call with what came of it, and how long each edit waited', async () => {
    let calls: PostgresCalls | undefined
    try {
      const tenant = newTenant('calls')
      const ada = await Peer.join({ sub: 'ada', tenant })
      calls = watchPostgres()
      const before = await tallyOf(tenant)
      calls.fail('tidemark.apply_batch')
      await ada.push(ada.edit(assignee(), card('c1')))
      await ada.until('it is told of the delay', () => ada.frames.some(([kind]) => kind === 'health'))
      calls.fail(undefined)
      await ada.committed(1)
      const after = await tallyOf(tenant)
      const asked = calls.about('tidemark.apply_batch').length
      const counted = (outcome: string) =>
        after.total('postgres_calls', 'apply', outcome) - before.total('postgres_calls', 'apply', outcome)
      expect(counted('answered') + counted('ambiguous')).toBe(asked)
      expect(counted('answered')).toBe(1)
      expect(after.distribution('drain_lag').count).toBe(1)
      expect(after.distribution('batch_edits').pack()).toEqual([1, 1, 1])
    } finally {
      calls?.stop()
    }
  })

  it('MET-13 of rows that others changed in Postgres is each of them once', async () => {
    const { tenant, ada } = await busyTenant('external')
    const before = await tallyOf(tenant)
    await sql(`UPDATE cards SET notes = 'by SQL' WHERE tenant_id = $1`, tenant)
    await nudge(tenant)
    await ada.until('the change is told', () => JSON.stringify(ada.frames).includes('by SQL'))
    const after = await tallyOf(tenant)
    expect(after.total('external_changes') - before.total('external_changes')).toBe(1)
  })

  it('MET-14 outlives its sleep, whole', async () => {
    const { tenant } = await busyTenant('asleep')
    const kept = await untilKept(tenant)
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    const { since, counters, histograms } = await readingOf(tenant)
    const [before, after] = [kept.counters.awake_time?.[''] ?? 0, counters.awake_time?.[''] ?? 0]
    expect(after).toBeGreaterThanOrEqual(before)
    expect(after - before).toBeLessThanOrEqual(Date.now() - kept.since)
    expect({ since, histograms, counters: { ...counters, awake_time: undefined } }).toEqual({
      since: kept.since,
      histograms: kept.histograms,
      counters: {
        ...kept.counters,
        awake_time: undefined,
        wake_ups: { '': (kept.counters.wake_ups?.[''] ?? 0) + 1 },
      },
    })
  })

  it('MET-15 lacks after a crash what was counted since it was stored last, and nothing else', async () => {
    const { tenant, ada } = await busyTenant('crashed')
    const kept = await untilKept(tenant)
    const [verdict] = await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
    const seq = verdict?.is === 'accepted' ? verdict.seq : Number.POSITIVE_INFINITY
    await expect.poll(() => appliedOf(tenant)).toBeGreaterThanOrEqual(seq)
    const stored = JSON.parse((await metaOf(tenant, 'metrics')) ?? '')
    await runInDurableObject(objectOf(tenant), async (_, state) => {
      await state.storage.sync()
      state.abort('a crash')
    }).catch(() => undefined)
    const after = await tallyOf(tenant)
    expect([4, 5]).toContain(after.total('edits_accepted'))
    expect(after.total('edits_accepted')).toBe(Number(Object.values(stored.counters.edits_accepted)[0]))
    expect(after.total('verdicts')).toBeGreaterThanOrEqual(Number(kept.counters.verdicts?.['accepted']))
  })

  it('MET-16 is told of a tenant that there is, and makes none', async () => {
    const nobody = newTenant('nobody')
    expect(await objectOf(nobody).metrics(nobody)).toBeNull()
    expect(await tablesOf(nobody)).toEqual([])
  })

  it('MET-16 begins anew when the object is emptied', async () => {
    const { tenant } = await busyTenant('emptied')
    expect(await objectOf(tenant).forget(tenant, 10_000, false)).toMatchObject({ is: 'done' })
    expect(await objectOf(tenant).metrics(tenant)).toBeNull()
    const ben = await Peer.join({ sub: 'ben', tenant })
    ben.close()
    expect((await readingOf(tenant)).counters).toMatchObject({ sessions_opened: { '': 1 } })
    expect((await readingOf(tenant)).counters.edits_accepted).toBeUndefined()
  })

  it('MET-17 has only names of the table', async () => {
    const { tenant } = await busyTenant('names')
    const { counters, histograms, gauges } = await readingOf(tenant)
    const names = [counters, histograms, gauges].flatMap((all) => Object.keys(all))
    expect(names.filter((name) => !Object.hasOwn(METRICS, name))).toEqual([])
  })
})

describe('a client that reports', () => {
  it('MET-37 is heard once in a while, and never makes a name or more than a count of its own', async () => {
    const tenant = newTenant('reports')
    const ada = await Peer.join({ sub: 'ada', tenant })
    const say = (report: object) => ada.sendText(JSON.stringify(['metrics', report]))
    say({ delivery: [1, 1, 1], bytes: 10 })
    for (let i = 0; i < 50; i++) say({ delivery: [1, 1, 1] })
    await ada.push(ada.edit(assignee()))
    const { counters, histograms } = await readingOf(tenant)
    expect(counters.client_reports).toEqual({ whole: 1, 'too-often': 50 })
    expect(histograms.client_delivery).toEqual({ '': [1, 1, 1] })
    const ben = await Peer.join({ sub: 'ben', tenant })
    ben.sendText('["metrics",{"resyncs":100000}]')
    await ben.push(ben.edit(assignee('a2')))
    expect((await readingOf(tenant)).counters.client_reports).toMatchObject({ unbelievable: 1 })
    ben.sendText('["metrics",{"mine":1}]')
    await ben.untilClosed()
  })
})
