import { setTimeout as pause } from 'node:timers/promises'
import type { FaultEndpoint } from '../../../dev/harness/fault-endpoint.ts'
import { inObject } from '../../../dev/harness/object-file.ts'
import { signal } from '../../../dev/harness/processes.ts'
import type { Random } from '../../../dev/harness/random.ts'
import { createGateway } from '../../../src/postgres/gateway.ts'
import { BEARER_PREFIX, SUBPROTOCOL } from '../../../src/protocol/version.ts'
import { app } from '../../fixtures/board/sync.ts'
import type { Stack } from '../../support/stack.ts'
import type { Rates } from '../campaign/plan.ts'
import type { Link } from '../world/link.ts'
import type { Ground, Stored } from './ground.ts'
import { readPostgres } from './read-postgres.ts'
import { readStored } from './read-stored.ts'

/** Real milliseconds for which the Worker stands still, or Postgres is out of reach. */
const STILL_MS = [50, 800] as const

/** Share of the outages in which Postgres is killed and started again. */
const KILLED = 0.5

/** What was done to processes. */
export type Struck = { workerKills: number; stops: number; postgresKills: number }

/** A Worker and a Postgres in processes of their own, which are killed by signals. */
export class Processes implements Ground {
  readonly struck: Struck = { workerKills: 0, stops: 0, postgresKills: 0 }
  readonly #stack: Stack
  readonly #faults: FaultEndpoint

  /** @param faults stands between the stack's Worker and Postgres */
  constructor(stack: Stack, faults: FaultEndpoint) {
    this.#stack = stack
    this.#faults = faults
  }

  /** Loses calls to Postgres and answers to them, from now on. */
  loseCalls({ lostCall, lostAnswer }: Rates, random: Random): void {
    this.#faults.decide(() => {
      if (random.chance(lostCall)) return 'drop-request'
      return random.chance(lostAnswer) ? random.pick(['drop-answer', 'fail-answer', 'twice']) : 'pass'
    })
  }

  readonly connect = (link: Link, token: string): void => {
    const address = this.#stack.url.replace('http', 'ws')
    const socket = new WebSocket(`${address}/sync/connect`, [SUBPROTOCOL, BEARER_PREFIX + token])
    socket.addEventListener('open', () =>
      link.accept({
        received: (_, text) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(text)
        },
        ended: () => socket.close(),
      }),
    )
    socket.addEventListener('message', ({ data }) => link.sendDown(String(data)))
    socket.addEventListener('close', ({ code }) => link.closeDown(code))
  }

  readonly sign: Ground['sign'] = ({ sub, tenant, role }) => this.#stack.pass(tenant, sub, role)

  async writeExternal({ text, params }: Parameters<Ground['writeExternal']>[0]): Promise<void> {
    try {
      await this.#stack.sql(text, params)
    } catch (thrown) {
      // A row that is referred to, or a Postgres that is away: nothing was written.
      if (!(thrown instanceof Error && 'code' in thrown)) throw thrown
    }
  }

  async strike(what: Parameters<Ground['strike']>[0], tenant: string, random: Random): Promise<void> {
    switch (what) {
      case 'nudge':
      case 'compare':
        return this.#stack.nudge(tenant, { compare: what === 'compare' })
      case 'sleep':
        return this.#standStill(random.whole(...STILL_MS))
      case 'outage':
        if (random.chance(KILLED)) return this.#killPostgres()
        return this.#refuseCalls(random.whole(...STILL_MS))
      default:
        this.struck.workerKills++
        return this.#stack.killWorker()
    }
  }

  async heal(): Promise<void> {
    this.#faults.decide(() => 'pass')
  }

  stored(tenant: string): Promise<Stored> {
    return inObject(this.#stack.objects, tenant, readStored)
  }

  inPostgres(tenant: string): ReturnType<Ground['inPostgres']> {
    const { workerConnectionString: connectionString } = this.#stack
    const fetchEndpoint = this.#faults.endpoint
    const gateway = createGateway({ connectionString, fetchEndpoint, tenant: () => tenant, app })
    return readPostgres(gateway, (text) => this.#stack.sql(text, [tenant]))
  }

  /** SIGSTOP: everything waits, and nothing is lost. */
  async #standStill(ms: number): Promise<void> {
    this.struck.stops++
    const pids = this.#stack.workerPids()
    for (const pid of pids) signal(pid, 'SIGSTOP')
    await pause(ms)
    for (const pid of pids) signal(pid, 'SIGCONT')
  }

  async #killPostgres(): Promise<void> {
    this.struck.postgresKills++
    await this.#stack.killPostgres()
    await this.#stack.startPostgres()
  }

  async #refuseCalls(ms: number): Promise<void> {
    const resume = this.#faults.pause()
    await pause(ms)
    resume()
  }
}
