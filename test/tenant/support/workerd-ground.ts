import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createGateway } from '../../../src/postgres/gateway.ts'
import { app } from '../../fixtures/board/sync.ts'
import type { Ground, Stored } from '../../simulation/real/ground.ts'
import { readPostgres } from '../../simulation/real/read-postgres.ts'
import { readStored } from '../../simulation/real/read-stored.ts'
import type { Link } from '../../simulation/world/link.ts'
import { sql } from './database.ts'
import { sign, upgrade } from './peer.ts'
import { nudge, objectOf } from './tenant-world.ts'

/** The Worker and its objects in this very workerd, which evicts and aborts them. */
export class WorkerdGround implements Ground {
  /** Objects put to sleep with their sockets, evicted without, and aborted in the middle of something. */
  readonly struck = { slept: 0, evicted: 0, aborted: 0 }

  readonly connect = (link: Link, token: string): void => {
    this.#connect(link, token).catch(() => link.closeDown(1006))
  }

  readonly sign: Ground['sign'] = ({ sub, tenant, role }) => sign({ sub, tenant, role })

  async writeExternal({ text, params }: Parameters<Ground['writeExternal']>[0]): Promise<void> {
    // A row that is referred to stays: nothing was written.
    await sql(text, ...params).catch((thrown: unknown) => {
      if (!(thrown instanceof Error && 'code' in thrown)) throw thrown
    })
  }

  async strike(what: Parameters<Ground['strike']>[0], tenant: string): Promise<void> {
    switch (what) {
      case 'nudge':
      case 'compare':
        await nudge(tenant, what === 'compare' ? '?compare' : '')
        break
      case 'sleep':
        if (await evict(tenant, 'hibernate')) this.struck.slept++
        break
      case 'replaced':
      case 'lostAlarm':
        if (await evict(tenant, 'close')) this.struck.evicted++
        break
      default:
        this.struck.aborted++
        await abort(tenant)
    }
  }

  async heal(): Promise<void> {}

  stored(tenant: string): Promise<Stored> {
    return runInDurableObject(objectOf(tenant), (_, { storage }) =>
      readStored((text) => storage.sql.exec(text).toArray()),
    )
  }

  inPostgres(tenant: string): ReturnType<Ground['inPostgres']> {
    const gateway = createGateway({
      connectionString: env.DATABASE_URL,
      ...('NEON_ENDPOINT' in env && { fetchEndpoint: String(env.NEON_ENDPOINT) }),
      tenant: () => tenant,
      app,
    })
    return readPostgres(gateway, (text) => sql(text, tenant))
  }

  async #connect(link: Link, token: string): Promise<void> {
    const { webSocket } = await upgrade(token)
    if (!webSocket) throw new Error('no socket')
    let isOpen = true
    const end = (code: number) => {
      if (isOpen) link.closeDown(code)
      isOpen = false
    }
    webSocket.addEventListener('message', ({ data }) => link.sendDown(String(data)))
    webSocket.addEventListener('close', ({ code }) => end(code))
    // An object that crashes cuts its sockets without a close frame.
    webSocket.addEventListener('error', () => end(1006))
    webSocket.accept()
    link.accept({
      received: (_, text) => {
        if (isOpen) webSocket.send(text)
      },
      ended: () => {
        if (isOpen) webSocket.close()
        isOpen = false
      },
    })
  }
}

/** False when the object does not run, and has nothing to lose. */
async function evict(tenant: string, webSockets: 'hibernate' | 'close'): Promise<boolean> {
  try {
    await evictDurableObject(objectOf(tenant), { webSockets })
    return true
  } catch (thrown) {
    if (!String(thrown).includes('not currently running')) throw thrown
    return false
  }
}

async function abort(tenant: string): Promise<void> {
  const aborted = runInDurableObject(objectOf(tenant), (_, state) => state.abort('struck'))
  await aborted.catch((thrown: unknown) => {
    if (!String(thrown).includes('struck')) throw thrown
  })
}
