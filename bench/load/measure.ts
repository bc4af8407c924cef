import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Database } from './database.ts'
import { type Kept, Lag } from './lag.ts'
import { type Server, type ServerName, startServer } from './servers.ts'
import { SideLoad } from './side-load.ts'
import type { FromGenerator, Measurement, Task, Told } from './task.ts'

const WRITERS = 4

/** How hard a server is driven. */
export type Cell = {
  readonly subscribers: number
  readonly inFlight: number
  readonly rows: number
  readonly warmUpMs: number
  readonly measureMs: number
}

/** The tenant of whose plain tables the side-load writes. */
export const PLAIN_TENANT = 'plain'

/** What was measured of a server, and of Postgres behind the product. */
export type Measured = Measurement & { readonly postgres?: Kept }

/** What may be wished besides. */
export type Wishes = {
  /** Whether the writes of a server without Postgres are made in Postgres too; they are when nothing is said. */
  readonly sideLoad?: boolean
  /** Called when what is measured begins. */
  readonly warm?: () => void
}

/** Starts a server, drives it from a process of its own, and stops it. */
export async function measure(
  name: ServerName,
  database: Database,
  cell: Cell,
  wishes: Wishes = {},
): Promise<Measured> {
  await using server = await startServer(name, database, cell.rows)
  return await drive(server, database, cell, wishes)
}

/** Drives a server that runs. */
export async function drive(
  server: Server,
  database: Database,
  cell: Cell,
  { sideLoad = true, warm = () => {} }: Wishes = {},
): Promise<Measured> {
  const isProduct = server.speaks === 'tidemark'
  const side =
    !isProduct && server.speaks !== 'zero' && sideLoad ? new SideLoad(database, PLAIN_TENANT) : undefined
  const lag = isProduct ? await Lag.ofTenant(database.connectionString, server.tenant) : undefined
  const task: Task = {
    ...cell,
    url: server.url,
    speaks: server.speaks,
    tokens: isProduct ? await server.tokens(WRITERS + cell.subscribers) : [],
    writers: WRITERS,
    tells: side !== undefined,
  }
  try {
    const measurement = await generate(task, {
      warm: () => {
        lag?.begin()
        warm()
      },
      wrote: (writes) => side?.take(writes),
      delivered: (writes) => lag?.delivered(writes),
    })
    return { ...measurement, ...(lag && { postgres: lag.kept }) }
  } finally {
    await side?.stop()
    await lag?.stop()
  }
}

type Heard = {
  readonly warm: () => void
  readonly wrote: (writes: readonly Told[]) => void
  readonly delivered: (writes: number) => void
}

/** Runs the generator. */
function generate(task: Task, { warm, wrote, delivered }: Heard): Promise<Measurement> {
  const child = fork(fileURLToPath(new URL('generator.ts', import.meta.url)))
  return new Promise((resolve, reject) => {
    child.on('message', (message: FromGenerator) => {
      if (message.is === 'wrote') wrote(message.writes)
      else if (message.is === 'warm') warm()
      else if (message.is === 'delivered') delivered(message.writes)
      else if (message.is === 'measured') resolve(message.measurement)
      else if (message.is === 'failed') reject(new Error(message.message))
    })
    child.once('exit', (code) => reject(new Error(`the generator ended with ${code}`)))
    child.send(task)
  })
}
