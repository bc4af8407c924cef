import { writeFile } from 'node:fs/promises'
import type { Profiler } from 'node:inspector'
import { cpus } from 'node:os'
import { join, parse } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { profileClient } from './browser/profile-client.ts'
import { profileBulk } from './bulk/profile.ts'
import { measureGrowth } from './growth/curves.ts'
import { drawCurves } from './growth/picture.ts'
import { CELLS, compare, ROWS, type Summary } from './load/cells.ts'
import { startDatabase } from './load/database.ts'
import { type Cell, PLAIN_TENANT } from './load/measure.ts'
import { rounded } from './load/numbers.ts'
import { installPeers, isPeerName, PEERS } from './load/peers.ts'
import { profileCell, selfTimes } from './load/profile-cell.ts'
import { isServerName, SERVERS, type ServerName } from './load/servers.ts'

const USAGE = `npm run bench -- [options]

Drives the product and two bare objects with the same load, from a process of its own, with real Postgres
taking all writes, and prints what each did. Floor A stores and rebroadcasts each message; floor B all messages
of an event-loop turn together. Neither validates, authorises, merges, keeps a log, or writes to Postgres itself.

  --servers NAMES   with commas: ${[...SERVERS, ...PEERS].join(', ')}; default ${SERVERS.join(', ')}
  --peers           the peers too: ${PEERS.join(', ')}. They are installed from the package registry into
                    bench/peers when they are first asked for. What each of them stores is in docs/performance.md
  --runs N          runs of each, of which the median is told; default 3
  --seconds N       how long each run is measured; default 3
  --readers N       one cell of your own: subscribers, together with
  --in-flight N     writes that are on their way at a time
  --growth FILE     measures how the cost of an edit grows instead, and draws it into a PNG
  --json FILE       writes everything that was measured to a file
  --profile FILE    profiles the product in one cell instead, and says where its time goes; the file is for
                    the developer tools of a browser
  --bulk-profile FILE
                    the same while one UPDATE of 20,000 rows by plain SQL arrives and people edit
  --client-profile FILE
                    the same of a client in Chromium with 100,000 rows, one file for each part of its work
`

const report = (line: string) => void process.stderr.write(`${line}\n`)

class BadOption extends Error {}

function readOptions() {
  const { values } = parseArgs({
    options: {
      servers: { type: 'string' },
      peers: { type: 'boolean', default: false },
      runs: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '3' },
      readers: { type: 'string' },
      'in-flight': { type: 'string' },
      growth: { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'string' },
      'bulk-profile': { type: 'string' },
      'client-profile': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  const measureMs = 1_000 * whole('seconds', values.seconds)
  return {
    help: values.help,
    growth: values.growth,
    json: values.json,
    profile: values.profile,
    bulkProfile: values['bulk-profile'],
    clientProfile: values['client-profile'],
    measureMs,
    runs: whole('runs', values.runs),
    servers: serversOf(values.servers, values.peers),
    cells: cellsOf(values.readers, values['in-flight'], measureMs),
  }
}

function serversOf(names: string | undefined, peers: boolean): readonly ServerName[] {
  const named = (names?.split(',') ?? SERVERS).map((name) => {
    if (!isServerName(name))
      throw new BadOption(`There is no server "${name}". There are: ${[...SERVERS, ...PEERS].join(', ')}.`)
    return name
  })
  return peers ? [...new Set([...named, ...PEERS])] : named
}

function cellsOf(
  readers: string | undefined,
  inFlight: string | undefined,
  measureMs: number,
): Record<string, Cell> {
  if (readers === undefined && inFlight === undefined) {
    return Object.fromEntries(Object.entries(CELLS).map(([name, cell]) => [name, { ...cell, measureMs }]))
  }
  const cell = {
    subscribers: whole('readers', readers ?? '10'),
    inFlight: whole('in-flight', inFlight ?? '1'),
    rows: ROWS,
    warmUpMs: 1_000,
    measureMs,
  }
  if (cell.inFlight > ROWS) throw new BadOption(`--in-flight may be ${ROWS} at the most, one for each row.`)
  return { [`${cell.subscribers} readers, ${cell.inFlight} in flight`]: cell }
}

function whole(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 1)
    throw new BadOption(`--${name} is a whole number from 1 on.`)
  return number
}

function print(summaries: readonly Summary[]): void {
  const heads = [
    'cell',
    'server',
    'writes/s',
    'p50 ms',
    'p99 ms',
    'bytes',
    'of floor B',
    'p50 of A',
    'generator',
  ]
  const lines = summaries.map((summary) => {
    const [a, b] = ['floor-a', 'floor-b'].map((server) =>
      summaries.find((other) => other.cell === summary.cell && other.server === server),
    )
    return [
      summary.cell,
      summary.server,
      `${summary.writesPerSecond}`,
      summary.p50.toFixed(2),
      summary.p99.toFixed(2),
      summary.bytes.toFixed(0),
      b ? `${rounded(summary.writesPerSecond / b.writesPerSecond)}` : '',
      a ? `${rounded(summary.p50 / a.p50)}` : '',
      `${Math.round(100 * summary.generatorCpu)} %`,
    ]
  })
  const widths = heads.map((head, i) => Math.max(head.length, ...lines.map((line) => line[i]?.length ?? 0)))
  for (const line of [heads, ...lines]) {
    const padded = line.map((text, i) =>
      i < 2 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0),
    )
    process.stdout.write(`${padded.join('  ')}\n`)
  }
  for (const { cell, committedPerSecond, maxLagMs } of summaries) {
    if (committedPerSecond === undefined) continue
    process.stdout.write(`Postgres, ${cell}: ${committedPerSecond} edits/s, at most ${maxLagMs} ms behind\n`)
  }
}

/** Functions of a profile that are told. */
const TOLD = 40

async function tellProfile(file: string, cells: readonly Cell[]): Promise<void> {
  const [cell] = cells
  if (!cell || cells.length > 1)
    throw new BadOption('--profile takes one cell: say --readers and --in-flight.')
  const { profile, measured } = await profileCell(cell)
  await writeFile(file, JSON.stringify(profile))
  report(`${measured.writesPerSecond} writes/s, p50 ${measured.p50.toFixed(2)} ms, while it was profiled`)
  printShares(profile)
}

async function tellBulkProfile(file: string): Promise<void> {
  const { profile, round } = await profileBulk()
  await writeFile(file, JSON.stringify(profile))
  report(`everywhere after ${Math.round(round.arriveMs)} ms, while it was profiled`)
  printShares(profile)
}

async function tellClientProfile(file: string): Promise<void> {
  for (const [place, { part, profile }] of (await profileClient(report)).entries()) {
    const { dir, name, ext } = parse(file)
    const own = join(dir, `${name}-${place + 1}${ext}`)
    await writeFile(own, JSON.stringify(profile))
    process.stdout.write(`${part}, in ${own}\n`)
    printShares(profile)
  }
}

function printShares(profile: Profiler.Profile): void {
  for (const { name, share } of selfTimes(profile).slice(0, TOLD))
    process.stdout.write(`${(100 * share).toFixed(1).padStart(5)} %  ${name}\n`)
}

async function main(): Promise<number> {
  const options = readOptions()
  if (options.help) {
    process.stdout.write(USAGE)
    return 0
  }
  const { json, profile, bulkProfile, clientProfile, growth, measureMs, ...wanted } = options
  if (growth !== undefined) {
    await tellGrowth(growth, json, measureMs)
    return 0
  }
  if (profile !== undefined) {
    await tellProfile(profile, Object.values(wanted.cells))
    return 0
  }
  if (bulkProfile !== undefined) {
    await tellBulkProfile(bulkProfile)
    return 0
  }
  if (clientProfile !== undefined) {
    await tellClientProfile(clientProfile)
    return 0
  }
  if (wanted.servers.some(isPeerName)) await installPeers(report)
  const summaries = await compare(wanted, report)
  print(summaries)
  await keep(json, { summaries })
  return 0
}

async function tellGrowth(picture: string, json: string | undefined, measureMs: number): Promise<void> {
  await using database = await startDatabase(PLAIN_TENANT, 1)
  const curves = await measureGrowth({ database, measureMs, report })
  await keep(json, { curves })
  await drawCurves(curves, picture)
}

async function keep(file: string | undefined, what: object): Promise<void> {
  if (file === undefined) return
  const machine = { cpus: cpus().length, model: cpus()[0]?.model ?? 'unknown', node: process.version }
  await writeFile(file, `${JSON.stringify({ machine, ...what }, null, 2)}\n`)
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const isUse = error instanceof BadOption || (error instanceof TypeError && 'code' in error)
    report(
      isUse ? `${error.message}\n\n${USAGE}` : error instanceof Error ? (error.stack ?? '') : String(error),
    )
    process.exit(2)
  },
)
