import { setTimeout as pause } from 'node:timers/promises'
import type { Figure } from '../../dev/harness/figure.ts'
import { residentMiB } from '../../dev/harness/processes.ts'
import { bareTarget } from '../load/bare-target.ts'
import { type Database, startDatabase } from '../load/database.ts'
import { PLAIN_TENANT } from '../load/measure.ts'
import { rounded } from '../load/numbers.ts'
import { rowOf } from '../load/rows.ts'
import { type Server, type ServerName, startServer } from '../load/servers.ts'
import { tidemarkTarget } from '../load/tidemark-target.ts'

const SESSIONS = 1_000
const AT_A_TIME = 50
const FEW_ROWS = 10
const MANY_ROWS = 100_000

/** After which a process has given back what it was about to, in ms. */
const SETTLE_MS = 3_000

const MIB = 1024 * 1024

/** What sessions and rows cost the process of the object in memory. */
export const speedMemory: Figure<'sessionRatio' | 'rowRatio'> = {
  name: 'speed-memory',
  about:
    'resident memory of workerd for each idle session, against each bare socket (floor A); and what loading 100,000 rows adds, against their JSON',
  fields: ['sessionRatio', 'rowRatio'],
  goal: 'sessionRatio <= 1.25 and rowRatio <= 3',
  async measure(report) {
    await using database = await startDatabase(PLAIN_TENANT, 1)
    const bare = await perSession('floor-a', database)
    const ours = await perSession('tidemark', database)
    report(`${rounded(ours / 1024)} KiB for a session, ${rounded(bare / 1024)} KiB for a bare socket`)
    const perRow = await memoryOfRows(database)
    const json = JSON.stringify(rowOf(MANY_ROWS)).length
    report(`${Math.round(perRow)} bytes for a row of ${json} bytes`)
    const [sessionRatio, rowRatio] = [rounded(ours / bare), rounded(perRow / json)]
    return {
      fields: { sessionRatio, rowRatio },
      input: { sessions: SESSIONS, rows: MANY_ROWS },
      ok: sessionRatio <= 1.25 && rowRatio <= 3,
    }
  },
}

/** Bytes of each of many sockets that follow a few rows. */
async function perSession(name: ServerName, database: Database): Promise<number> {
  await using server = await startServer(name, database, FEW_ROWS)
  const target = await targetOf(server)
  // The first one loads whatever all share.
  await target.subscribe(0, () => {})
  const before = await settled(server)
  for (let from = 1; from <= SESSIONS; from += AT_A_TIME) {
    await Promise.all(Array.from({ length: AT_A_TIME }, (_, i) => target.subscribe(from + i, () => {})))
  }
  const after = await settled(server)
  target.close()
  return (after - before) / SESSIONS
}

/** Bytes that each of many rows adds, loaded from Postgres and sent to one reader. */
async function memoryOfRows(database: Database): Promise<number> {
  await using few = await startServer('tidemark', database, FEW_ROWS)
  const small = await targetOf(few)
  await small.subscribe(0, () => {})
  const before = await settled(few)
  small.close()
  await using many = await startServer('tidemark', database, MANY_ROWS)
  const large = await targetOf(many)
  await large.subscribe(0, () => {})
  const after = await settled(many)
  large.close()
  return (after - before) / MANY_ROWS
}

async function targetOf(server: Server) {
  const tokens = server.speaks === 'bare' ? [] : await server.tokens(SESSIONS + AT_A_TIME)
  return server.speaks === 'bare' ? bareTarget(server.url) : tidemarkTarget(server.url, tokens, 0)
}

async function settled(server: Server): Promise<number> {
  await pause(SETTLE_MS)
  return MIB * (await residentMiB(server.pids()))
}
