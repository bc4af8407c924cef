import { createScheduledController, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LEASE_MS } from '../../src/registry/tenant-list.ts'
import { createWorker } from '../../src/worker/create-worker.ts'
import { app } from '../fixtures/board/sync.ts'
import { sql } from '../tenant/support/database.ts'
import { newTenant, Peer } from '../tenant/support/peer.ts'
import { type PostgresCalls, watchPostgres } from '../tenant/support/postgres-calls.ts'
import { assignee } from '../tenant/support/samples.ts'
import { metaOf } from '../tenant/support/tenant-world.ts'

const { Registry, scheduled } = createWorker(app)

const registry = env.REGISTRY.get(env.REGISTRY.idFromName('all tenants'))

const cron = () => scheduled(createScheduledController({ cron: '* * * * *' }), env)

/** What the registry has written down. */
const inWatch = (query: string, ...values: (string | number)[]) =>
  runInDurableObject(registry, (_, { storage }) => storage.sql.exec(query, ...values).toArray())

const listed = async () =>
  (await inWatch('SELECT tenant FROM tenant ORDER BY tenant')).map(({ tenant }) => tenant)

const due = async () => (await inWatch('SELECT tenant FROM tenant WHERE due = 1')).map(({ tenant }) => tenant)

/** One sweep of a registry with other settings than the tests'. */
const sweepWith = (settings: Partial<typeof env>) =>
  runInDurableObject(registry, (_, state) => new Registry(state, { ...env, ...settings }).sweep())

const people: Peer[] = []

/** Ada, connected and listed, with an assignee that is in Postgres. */
async function connected(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  people.push(ada)
  await ada.push(ada.edit(assignee()))
  await ada.committed(1)
  await expect.poll(listed).toContain(tenant)
  return { tenant, ada }
}

const insert = (tenant: string, id: string) =>
  sql('INSERT INTO assignees (tenant_id, id, name) VALUES ($1, $2, $2)', tenant, id)

const sees = (peer: Peer, text: string) =>
  peer.until(`rows with ${text}`, () => JSON.stringify(peer.frames).includes(text))

let calls: PostgresCalls

beforeEach(() => {
  calls = watchPostgres()
})

afterEach(async () => {
  calls.stop()
  for (const peer of people.splice(0)) peer.close()
  await expect.poll(listed).toEqual([])
})

describe('the cron', () => {
  it('WAT-1 with no client connected anywhere sends nothing to Postgres', async () => {
    const tenant = newTenant('left')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await expect.poll(listed).toEqual([tenant])
    ada.close()
    await expect.poll(listed).toEqual([])
    const before = calls.about('').length
    await cron()
    expect(calls.about('')).toHaveLength(before)
  })

  it('WAT-2 finds by one query which tenants have changes, and only their objects poll', async () => {
    const [changed, quiet] = [await connected('changed'), await connected('quiet')]
    await cron()
    const reads = () => calls.about('tidemark.look').map(({ params }) => params[0])
    const [rounds, before] = [calls.about('changed_tenants').length, reads().length]
    await insert(changed.tenant, 'carl')
    await insert(newTenant('nobody'), 'cleo')
    await cron()
    await sees(changed.ada, 'carl')
    await cron()
    expect(calls.about('changed_tenants')).toHaveLength(rounds + 2)
    expect(reads().slice(before)).toEqual([changed.tenant])
    expect(JSON.stringify(quiet.ada.frames)).not.toContain('carl')
  })

  it('WAT-3 asks an object again until it has polled', async () => {
    const { tenant, ada } = await connected('again')
    await cron()
    await insert(tenant, 'carl')
    calls.fail('tidemark.look')
    await cron()
    expect(await due()).toEqual([tenant])
    calls.fail(undefined)
    await expect
      .poll(async () => {
        await cron()
        return due()
      })
      .toEqual([])
    await sees(ada, 'carl')
  })

  it('WAT-4 drops a tenant whose object has nobody, or has not been heard of for too long', async () => {
    const { tenant } = await connected('there')
    const [empty, silent] = [newTenant('empty'), newTenant('silent')]
    for (const [name, age] of [
      [empty, 0],
      [silent, LEASE_MS + 1],
    ] as const) {
      await inWatch(
        'INSERT INTO tenant (tenant, due, told_at) VALUES (?, 1, ?)',
        name,
        Date.now() - age - 1_000,
      )
    }
    await cron()
    expect(await listed()).toEqual([tenant])
    expect(calls.about('changed_tenants').at(-1)?.params[1]).not.toContain(silent)
    expect(await metaOf(empty, 'tenant')).toBeUndefined()
  })

  it('WAT-5 finds every change again after Postgres was restored from a backup', async () => {
    const { tenant } = await connected('restored')
    await cron()
    await inWatch("UPDATE meta SET value = '4000000000:4000000000:' WHERE key = 'cursor'")
    await cron()
    expect(calls.about('tidemark.look').at(-1)?.params[0]).toBe(tenant)
    expect(await inWatch("SELECT value FROM meta WHERE key = 'cursor'")).not.toEqual([
      { value: '4000000000:4000000000:' },
    ])
    const looks = () => calls.about('tidemark.look').length
    const before = looks()
    await cron()
    expect(looks()).toBe(before)
    // As in a database that has gone as far again.
    await sql("DELETE FROM tidemark.reading WHERE tenant_id = ''")
    await cron()
    expect(looks()).toBe(before + 1)
  })

  it('WAT-6 deletes changes older than the retention once a day, in bounded steps', async () => {
    const { tenant } = await connected('old')
    const kept = async () =>
      (await sql('SELECT count(*)::int AS n FROM tidemark.sync_change WHERE tenant_id = $1', tenant))[0]?.[
        'n'
      ]
    await inWatch("DELETE FROM meta WHERE key = 'pruned_at'")
    await sql(
      "INSERT INTO assignees (tenant_id, id, name) SELECT $1, 'x' || i, 'X' FROM generate_series(1, 7001) AS i",
      tenant,
    )
    const age = (days: number, where: string) =>
      sql(
        `UPDATE tidemark.sync_change SET at = now() - make_interval(days => ${days}) WHERE tenant_id = $1 AND ${where}`,
        tenant,
      )
    await age(6, 'true')
    await age(8, "row_id <> 'x1'")
    const before = calls.about('prune_changes').length
    await cron()
    expect([await kept(), calls.about('prune_changes').length - before]).toEqual([1, 2])
    await age(8, 'true')
    await cron()
    expect(await kept()).toBe(1)
    await inWatch("UPDATE meta SET value = value - 24 * 3600000 WHERE key = 'pruned_at'")
    await cron()
    expect(await kept()).toBe(0)
  })

  it('WAT-7 whose retention is no number of days fails with the way out, and deletes nothing', async () => {
    await connected('wrong')
    const before = calls.about('').length
    for (const days of ['', '0', 'a week', '1.5', '-7']) {
      await expect(sweepWith({ CHANGE_RETENTION_DAYS: days })).rejects.toThrow(
        'CHANGE_RETENTION_DAYS must be',
      )
    }
    expect(calls.about('')).toHaveLength(before)
  })

  it.each(['on', 'off'])('WAT-8 polls for nobody where POLL_CHANGES is "%s"', async (mode) => {
    await connected(mode)
    await inWatch("DELETE FROM meta WHERE key = 'pruned_at'")
    const [looks, prunes] = [calls.about('changed_tenants').length, calls.about('prune_changes').length]
    await sweepWith({ POLL_CHANGES: mode })
    expect(calls.about('changed_tenants')).toHaveLength(looks)
    expect(calls.about('prune_changes')).toHaveLength(prunes + 1)
  })
})
