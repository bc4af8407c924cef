import { setTimeout as pause } from 'node:timers/promises'
import { createClientIn } from '../../client/src/client-in.ts'
import { hostEnvironment } from '../../client/src/environment/host-environment.ts'
import type { Figure } from '../../dev/harness/figure.ts'
import type { App } from '../../examples/invoices/sync.ts'
import { countedOpener } from '../clients/counted-opener.ts'
import { startDatabase } from '../load/database.ts'
import { PLAIN_TENANT } from '../load/measure.ts'
import { median, rounded } from '../load/numbers.ts'
import { type Server, startServer } from '../load/servers.ts'

const ROWS = 10_000
const WARM_UP = 3
const ROUNDS = 15

/** Between two joins, so that what the last one left behind does not meet the next, in ms. */
const REST_MS = 100

type Join = { readonly ms: number; readonly bytes: number }

/** How long somebody who has nothing takes to hold all rows. */
export const speedJoin: Figure<'ratio' | 'bytesRatio'> = {
  name: 'speed-join',
  about:
    'time from connecting until a client of the library has 10,000 rows in its first result, and their bytes, against a bare object (floor A) that sends all rows as JSON, parsed into a map',
  fields: ['ratio', 'bytesRatio'],
  goal: 'ratio <= 1.2 and bytesRatio <= 0.6',
  async measure(report) {
    await using database = await startDatabase(PLAIN_TENANT, 1)
    await using floor = await startServer('floor-a', database, ROWS)
    await using product = await startServer('tidemark', database, ROWS)
    const joins = { floor: [] as Join[], product: [] as Join[] }
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      for (const [name, join] of [
        ['floor', () => joinBare(floor)],
        ['product', () => joinProduct(product)],
      ] as const) {
        const joined = await join()
        if (round >= 0) joins[name].push(joined)
        await pause(REST_MS)
      }
    }
    const of = (name: keyof typeof joins, field: keyof Join) => median(joins[name].map((join) => join[field]))
    report(
      `${of('product', 'ms').toFixed(1)} against ${of('floor', 'ms').toFixed(1)} ms, ${of('product', 'bytes')} against ${of('floor', 'bytes')} bytes`,
    )
    const ratio = of('product', 'ms') / of('floor', 'ms')
    const bytesRatio = of('product', 'bytes') / of('floor', 'bytes')
    return {
      fields: { ratio: rounded(ratio), bytesRatio: rounded(bytesRatio) },
      input: { rows: ROWS, rounds: ROUNDS },
      ok: ratio <= 1.2 && bytesRatio <= 0.6,
    }
  },
}

async function joinBare({ url }: Server): Promise<Join> {
  const begun = performance.now()
  const all = Promise.withResolvers<string>()
  // Of the same kind as the library's, which is the browser's: what it asks of the server, such as compression, is
  // asked of both.
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/sync/subscribe`)
  socket.addEventListener('message', ({ data }) => all.resolve(String(data)), { once: true })
  const text = await all.promise
  const rows: { id: string }[] = JSON.parse(text)
  const held = new Map(rows.map((row) => [row.id, row]))
  const ms = performance.now() - begun
  if (held.size !== ROWS) throw new Error(`there are ${held.size} rows`)
  socket.close()
  return { ms, bytes: text.length }
}

async function joinProduct({ url, tenant, tokens }: Server): Promise<Join> {
  const [token = ''] = await tokens(1)
  let bytes = 0
  const counted = countedOpener((characters) => {
    bytes += characters
  })
  const begun = performance.now()
  const db = createClientIn<App>(
    hostEnvironment(() => counted),
    { url, tenant, getToken: () => token },
  )
  const query = db.invoices.all()
  const rows = await new Promise<number>((resolve) => {
    query.subscribe((snapshot) => snapshot.status === 'ready' && resolve(snapshot.rows.length))
  })
  const ms = performance.now() - begun
  if (rows !== ROWS) throw new Error(`there are ${rows} rows`)
  db.close()
  return { ms, bytes }
}
