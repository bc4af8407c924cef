import { setTimeout as pause } from 'node:timers/promises'
import { markerOf, rowId, writesIn } from '../load/rows.ts'
import { putRows, type Server } from '../load/servers.ts'
import { tidemarkTarget } from '../load/tidemark-target.ts'
import type { Ground } from './curve.ts'

/** Edits in flight, of all tenants together. */
const IN_FLIGHT = 100
const WARM_UP_MS = 1_000

/** Keeps edits of many tenants in flight, each with a writer and a reader. Returns how many are delivered a second. */
export async function driveTenants(
  server: Server,
  { database, measureMs }: Pick<Ground, 'database' | 'measureMs'>,
  tenants: number,
): Promise<number> {
  const each = Math.max(1, Math.round(IN_FLIGHT / tenants))
  const closing: (() => void)[] = []
  const starting: (() => void)[] = []
  let delivered = 0
  let isOver = false
  for (let place = 0; place < tenants; place++) {
    const tenant = `${server.tenant}-${tenants}-${place}`
    await putRows(database.connectionString, tenant, each)
    const target = tidemarkTarget(server.url, await server.tokens(2, tenant), 1)
    closing.push(() => target.close())
    const write = await target.openWriter(0)
    let next = 0
    const send = (count: number) => {
      if (isOver || count === 0) return
      write(Array.from({ length: count }, () => ({ id: rowId(next % each), reference: markerOf(next++) })))
    }
    await target.subscribe(0, (frame) => {
      const { length } = writesIn(frame.toString('latin1'))
      delivered += length
      send(length)
    })
    starting.push(() => send(each))
  }
  for (const start of starting) start()
  await pause(WARM_UP_MS)
  const [before, begun] = [delivered, performance.now()]
  await pause(measureMs)
  const perSecond = (delivered - before) / ((performance.now() - begun) / 1_000)
  isOver = true
  for (const close of closing) close()
  return perSecond
}
