import { execFile } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { listFigures } from '../../dev/harness/figures.ts'

const COMMAND = fileURLToPath(new URL('../../dev/figures.ts', import.meta.url))

/** What others read of each figure's JSON line. A name here is a promise: it does not change. */
const FIELDS: Readonly<Record<string, string>> = {
  crash: 'rounds, acked, lost, doubled',
  'ambiguous-commits': 'injected, lost, doubled',
  'postgres-kills': 'kills, edits, unresolved, wrong',
  'type-matrix': 'types, ways, cases, differences, refused',
  'write-path': 'editsPerSecond, plainPerSecond, ratio',
  'second-wall': 'editsPerSecond, beforePerSecond, ratio',
  hydrate: 'rows, rowsPerSecond, peakMiB',
  'outside-writes': 'seeds, changes, events, lostUpdates, unequal',
  'outside-latency': 'nudgedP99Ms, pacedP99Ms, floorP99Ms, ratio',
  'outside-bulk': 'rows, arriveMs, plainSqlMs, commitP50Ms, commitP99Ms, drainFailed',
  asleep: 'queries, timers, outgoing',
  'text-trace': 'edits, equal, editsPerSecond, bytesPerEdit',
  'access-matrix': 'cases, mismatches',
  'query-model': 'histories, edits, mismatches',
  'resume-bytes': 'changes, visibleChanges, bytes',
  'edit-cost': 'ratioUntouched, ratioSessions',
  'slow-consumer': 'publishedMiB, growthMiB, rssMiB, othersP99Ratio, caughtUp',
  idle: 'bytesPerHour, timers, outgoingPerHour, hibernated',
  recovery: 'faults, p50Ms, p99Ms, halfOpenMs, spreadMs, firstMs',
  flicker: 'frames, backwards',
  offline: 'offlineMs, halfOpenMs, liveAgainMs',
  storm: 'clients, p99Ms, firstMs, spreadMs, postgresReads, floorP99Ms, ratio',
  'sse-fallback': 'liveMs, lost, repeated, floorMs, ratio',
  'speed-throughput': 'ours, floorB, ratio, cells',
  'speed-latency': 'ratio, ratioP99, cells',
  'speed-bytes': 'alone, burst',
  'speed-rows-written': 'alone, burst',
  'speed-postgres': 'ours, plain, ratio, maxLagMs',
  'speed-subscriptions': 'ratio',
  'speed-join': 'ratio, bytesRatio',
  'speed-memory': 'sessionRatio, rowRatio',
  'speed-size': 'initialKb, totalKb, persistKb, tabsKb, reactKb',
  'speed-browser': 'ms, longestTaskMs, floorMs, floorTaskMs, ratio, taskRatio',
  'browser-kills': 'kills, saved, lost, doubled',
  tabs: 'rounds, lost, doubled, sockets, conflictsMissing',
  alerts: 'rounds, fired, resolved, extra, fireMaxMs, resolveMaxMs',
  conflicts: 'edits, settled, recoverable, told',
  revocation: 'rounds, lastMs',
  'metrics-cost': 'throughputRatio, latencyRatio, throughputs, latencies',
  slo: 'deliveryP50Ms, deliveryP99Ms, deliveredShare, recoveryP99Ms, bytesPerSubscriptionHour, settledShare',
  simulate: 'operations, violations, mutants, mutantsCaught, cells, cellsHit',
}

/** Figures of waits that the product sets itself: a bare floor has none. */
const WAITS: readonly string[] = ['alerts', 'offline', 'recovery', 'revocation']

/** What the other figures with a goal in milliseconds set beside it. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  'outside-bulk': ['plainSqlMs'],
  'outside-latency': ['floorP99Ms', 'ratio'],
  storm: ['floorP99Ms', 'ratio'],
  'sse-fallback': ['floorMs', 'ratio'],
  'speed-browser': ['floorMs', 'floorTaskMs', 'ratio', 'taskRatio'],
}

const { stdout } = await promisify(execFile)(process.execPath, [COMMAND])

/** What the command says without a name. */
const list = [...stdout.matchAll(/^(\S+)\n {2}\S.*\n {2}fields: (.+)\n {2}goal: (\S.*)/gm)].map(
  ([, name = '', fields = '', goal = '']) => ({ name, fields, goal }),
)

it('E2E-31 a figure with a goal in milliseconds has what a floor takes beside it', () => {
  const timed = list.filter(({ name, goal }) => /\b(ms|\w+Ms) </.test(goal) && !WAITS.includes(name))
  expect(timed.map(({ name }) => name).toSorted()).toEqual(Object.keys(FLOORS).toSorted())
  for (const { name, fields } of timed)
    expect(fields.split(', ')).toEqual(expect.arrayContaining([...(FLOORS[name] ?? [])]))
})

it('E2E-30 every figure there is a file of is listed with its fields', async () => {
  const listed = list.map(({ name, fields }) => [name, fields])
  const files = await listFigures()
  expect(Object.fromEntries(listed)).toEqual(FIELDS)
  expect([...files.keys()].toSorted()).toEqual(Object.keys(FIELDS).toSorted())
})
