import { once } from 'node:events'
import type { Profiler } from 'node:inspector'
import * as v from 'valibot'
import { WebSocket } from 'ws'
import { freePort } from '../../dev/free-port.ts'
import { startDatabase } from './database.ts'
import { type Cell, drive, type Measured, PLAIN_TENANT } from './measure.ts'
import { startServer } from './servers.ts'

const targetsSchema = v.array(v.object({ webSocketDebuggerUrl: v.string() }))

/** Profiles a workerd. `stop` ends it and returns where its time went. */
export async function startProfile(port: number): Promise<{ stop(): Promise<Profiler.Profile> }> {
  const answer = await fetch(`http://127.0.0.1:${port}/json`)
  const [target] = v.parse(targetsSchema, await answer.json())
  if (!target) throw new Error('there is nothing to profile')
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  await once(socket, 'open')
  let last = 0
  const call = (method: string, params = {}) => {
    const id = ++last
    const answered = new Promise<{ readonly result: { readonly profile: Profiler.Profile } }>((resolve) => {
      const read = (data: Buffer) => {
        const message = JSON.parse(String(data))
        if (message.id !== id) return
        socket.off('message', read)
        resolve(message)
      }
      socket.on('message', read)
    })
    socket.send(JSON.stringify({ id, method, params }))
    return answered
  }
  await call('Profiler.enable')
  await call('Profiler.setSamplingInterval', { interval: 200 })
  await call('Profiler.start')
  return {
    async stop() {
      const { result } = await call('Profiler.stop')
      socket.close()
      return result.profile
    },
  }
}

/** Where the time of a profile went, by function, the most first; shares of the time that was not idle. */
export function selfTimes({ nodes, samples = [] }: Profiler.Profile): { name: string; share: number }[] {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      functionName.startsWith('(') || url === ''
        ? functionName || '(anonymous)'
        : `${functionName || '(anonymous)'} ${url.split('/').at(-1)}:${lineNumber + 1}`,
    ]),
  )
  const counts = new Map<string, number>()
  let busy = 0
  for (const sample of samples) {
    const name = names.get(sample) ?? '(unknown)'
    if (name === '(idle)') continue
    busy += 1
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([name, count]) => ({ name, share: count / busy })).sort((a, b) => b.share - a.share)
}

/** Drives the product in one cell and profiles it while it is measured. */
export async function profileCell(cell: Cell): Promise<{ profile: Profiler.Profile; measured: Measured }> {
  await using database = await startDatabase(PLAIN_TENANT, cell.rows)
  const port = await freePort()
  await using server = await startServer('tidemark', database, cell.rows, { inspectorPort: port })
  const begun = Promise.withResolvers<Awaited<ReturnType<typeof startProfile>>>()
  const warm = () => void startProfile(port).then(begun.resolve, begun.reject)
  const measured = await drive(server, database, cell, { warm })
  return { profile: await (await begun.promise).stop(), measured }
}
