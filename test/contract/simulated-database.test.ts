import type pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { Random } from '../../dev/harness/random.ts'
import type { Change, LogEntry } from '../../src/core/log/log.ts'
import type { Applied, Batch } from '../../src/core/outbox/batch.ts'
import { correctionsOf, planBatch } from '../../src/core/outbox/outbox.ts'
import type { PostgresPort } from '../../src/core/outbox/postgres-port.ts'
import { createGateway } from '../../src/postgres/gateway.ts'
import type { Row } from '../../src/protocol/value.ts'
import { app } from '../fixtures/board/sync.ts'
import { useDatabase } from '../postgres/support/database.ts'
import {
  CLIENT,
  done,
  entry,
  insertAssignee,
  insertCard,
  proposalOf,
  remove,
  update,
} from '../postgres/support/edits.ts'
import { Judge } from '../simulation/judge/judge.ts'
import { ExpiredCursor } from '../simulation/postgres-model/outside-list.ts'
import { TenantDatabase } from '../simulation/postgres-model/simulated-database.ts'

const database = useDatabase()

let other: pg.Client

beforeAll(async () => {
  other = await database.session()
})

const SEEDS = 100
const STEPS = 30

/** A tenant in the real Postgres and in the simulated one, to which the very same is done. */
class Both {
  readonly #tenant: string
  readonly #real: PostgresPort
  readonly judge = new Judge()
  readonly #simulated = new TenantDatabase(this.judge, 3_000)
  #cursors: readonly [real: string, simulated: string] = ['', '']
  #epoch = ''
  #applied = 0
  #sent: Batch | undefined
  readonly #other: pg.Client

  /** @param other a session of somebody else */
  constructor(tenant: string, other: pg.Client) {
    this.#tenant = tenant
    this.#other = other
    const { workerConnectionString: connectionString } = database
    this.#real = createGateway({
      connectionString,
      tenant: () => tenant,
      app,
      fetchEndpoint: database.endpoint,
    })
  }

  get next(): number {
    return this.#applied + 1
  }

  async open(epoch: string): Promise<void> {
    const over = this.#epoch === '' ? null : this.#epoch
    const [real, simulated] = [await done(this.#real.open(epoch)), this.#simulated.open(epoch, over)]
    if ('owner' in simulated) throw new Error(`${simulated.owner} has the tenant`)
    expect(simulated.applied).toBe(real.applied)
    const told = (marks: typeof real.marks) =>
      new Map(
        marks.map(({ client, n, refusals }) => [client, [n, refusals.map((one) => [one.n, one.sqlState])]]),
      )
    expect(told(simulated.marks)).toEqual(told(real.marks))
    this.#cursors = [real.cursor, simulated.cursor]
    this.#epoch = epoch
    this.#applied = real.applied
    this.#sent = undefined
  }

  async apply(edits: readonly LogEntry[]): Promise<void> {
    const log = { epoch: this.#epoch, after: this.#applied, entries: edits, corrections: correctionsOf([]) }
    this.#sent = planBatch(log, [...app.tables.keys()])
    await this.repeat()
  }

  /** Sends the last batch, again if it was sent before. */
  async repeat(): Promise<void> {
    const batch = this.#sent
    if (!batch) return
    const [real, simulated] = this.#cursors
    this.#take(await done(this.#real.apply(batch, real)), this.#simulated.apply(batch, simulated))
  }

  async propose(n: number, changes: readonly Change[]): Promise<void> {
    const { next } = this
    const batch = { epoch: this.#epoch, after: next - 1, upTo: next - 1, entries: [], net: [] }
    const question = proposalOf(n, changes, `${CLIENT}-first`)
    const [real, simulated] = this.#cursors
    this.#take(
      await done(this.#real.propose(batch, question, real)),
      this.#simulated.propose(batch, question, simulated),
    )
  }

  /** Somebody else deletes a row, or sets columns of it. */
  async writeExternal(collection: 'assignees' | 'cards', id: string, set: Row | undefined): Promise<void> {
    const assignments = Object.keys(set ?? {}).map((name, place) => `${name} = $${place + 3}`)
    const text = set
      ? `UPDATE ${collection} SET ${assignments} WHERE tenant_id = $1 AND id = $2`
      : `DELETE FROM ${collection} WHERE tenant_id = $1 AND id = $2`
    // A constraint may refuse it, there as here; the rows are compared in the end.
    await database.sql(text, [this.#tenant, id, ...Object.values(set ?? {})]).catch(String)
    this.#simulated.writeExternal(collection, id, (row) => row && set && { ...row, ...set })
  }

  /** Somebody else's transaction, of several writes to assignees: each sets a city, deletes, or makes the row. */
  async writeTogether(writes: readonly { id: string; city: string | undefined }[]): Promise<void> {
    const session = this.#other
    await session.query('BEGIN; SET CONSTRAINTS ALL DEFERRED')
    for (const { id, city } of writes) {
      const text =
        city === undefined
          ? 'DELETE FROM assignees WHERE tenant_id = $1 AND id = $2'
          : `INSERT INTO assignees (tenant_id, id, name, city) VALUES ($1, $2, 'Outside', $3)
               ON CONFLICT (tenant_id, id) DO UPDATE SET city = excluded.city`
      await session.query(text, [this.#tenant, id, ...(city === undefined ? [] : [city])])
    }
    await session.query('COMMIT').catch(String)
    const standard = { name: 'Outside', email: '' }
    this.#simulated.writeTogether(
      writes.map(({ id, city }) => ({
        collection: 'assignees',
        id,
        change: (row) => (city === undefined ? undefined : { id, ...standard, ...row, city }),
      })),
    )
  }

  /** Both come to another cluster. The real one is as good as there when it is called otherwise. */
  async moveElsewhere(): Promise<void> {
    await database.sql('UPDATE tidemark.cluster SET made = made')
    this.#simulated.moveElsewhere()
    const place = { epoch: this.#epoch, after: this.#applied, head: this.#applied }
    const [real, simulated] = this.#cursors
    expect(await this.#real.poll(place, real)).toMatchObject({ ok: false, failure: 'expired' })
    expect(() => this.#simulated.poll(place, simulated)).toThrow(ExpiredCursor)
  }

  async rows(): Promise<void> {
    for (const { name } of app.manifest.collections) {
      const { rows } = await done(this.#real.page(name, { after: '', limit: 100 }))
      expect(this.#simulated.page(name, { after: '', limit: 100 }).rows).toEqual(rows)
    }
  }

  #take(real: Applied, simulated: Applied): void {
    expect(simulated.is).toBe(real.is)
    if (!('external' in real) || !('external' in simulated)) return
    const told = ({ applied, refusals, verdict, external }: typeof real) => ({
      applied,
      refusals: refusals.map(({ seq, sqlState }) => [seq, sqlState]),
      verdict: verdict?.is,
      changes: external.changes.map((change) => ({ ...change, by: '' })),
      more: external.more,
    })
    expect(told(simulated)).toEqual(told(real))
    this.#cursors = [real.external.cursor, simulated.external.cursor]
    this.#applied = real.applied
  }
}

function draw(random: Random, seq: number): Change {
  const [assignee, card] = [`a${random.whole(1, 3)}`, `c${random.whole(1, 3)}`]
  switch (random.whole(0, 7)) {
    case 0:
    case 1:
      return insertAssignee(assignee)
    case 2:
    case 3:
      return insertCard(card, {
        assigneeId: assignee,
        number: random.chance(0.2) ? 'the same' : `N-${seq}`,
      })
    case 4:
      return update('assignees', assignee, { city: `city ${seq}` })
    case 5:
      return update('cards', card, { reactions: seq }, { reactions: 1 })
    case 6:
      return remove('assignees', assignee)
    default:
      return remove('cards', card)
  }
}

test.each(Array.from({ length: SEEDS }, (_, i) => i + 1))(
  'SIM-4 the simulated Postgres answers as the real one does (seed %i)',
  async (seed) => {
    const random = new Random(seed)
    const both = new Both(`model-${seed}`, other)
    await both.open('epoch-0')
    let proposals = 0
    let seq = 0
    for (let step = 1; step <= STEPS; step++) {
      const id = `${random.whole(1, 3)}`
      switch (random.whole(0, 11)) {
        case 10:
          await both.writeTogether(
            Array.from({ length: random.whole(1, 5) }, (_, place) => ({
              id: `a${random.whole(1, 3)}`,
              city: random.chance(0.3) ? undefined : `together ${step} ${place}`,
            })),
          )
          break
        case 11:
          if (random.chance(0.3)) {
            await both.moveElsewhere()
            await both.open(`elsewhere-${step}`)
          }
          break
        case 0:
          await both.writeExternal('assignees', `a${id}`, { city: `outside ${step}` })
          break
        case 1:
          await both.writeExternal('cards', `c${id}`, { reactions: 100 + step })
          break
        case 2:
          await both.writeExternal(
            random.chance(0.5) ? 'assignees' : 'cards',
            `${random.chance(0.5) ? 'a' : 'c'}${id}`,
            undefined,
          )
          break
        case 3:
          await both.repeat()
          break
        case 4:
          proposals += random.chance(0.8) ? 1 : 0
          await both.propose(Math.max(1, proposals), [insertAssignee(`a${id}`)])
          break
        case 5:
          if (random.chance(0.3)) await both.open(`epoch-${step}`)
          break
        default: {
          const edits = Array.from({ length: random.whole(1, 4) }, (_, i) =>
            entry(both.next + i, [draw(random, ++seq)], { n: seq }),
          )
          await both.apply(edits)
        }
      }
    }
    await both.rows()
    expect(both.judge.violations).toEqual([])
  },
)
