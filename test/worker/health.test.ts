import { env, exports } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Environment } from '../../src/platform/environment.ts'
import { PROTOCOL_VERSION, SPOKEN_VERSIONS } from '../../src/protocol/version.ts'
import { health } from '../../src/worker/health.ts'
import { app } from '../fixtures/board/sync.ts'
import { sql } from '../tenant/support/database.ts'
import { newTenant, Peer } from '../tenant/support/peer.ts'
import { type PostgresCalls, watchPostgres } from '../tenant/support/postgres-calls.ts'
import { assignee } from '../tenant/support/samples.ts'
import { signNudge, storedOf } from '../tenant/support/tenant-world.ts'

let postgres: PostgresCalls

beforeEach(() => {
  postgres = watchPostgres()
})

afterEach(() => postgres.stop())

async function askAbout(tenant: string): Promise<{ status: number; told: unknown }> {
  const response = await exports.default.fetch('https://tidemark.test/sync/tenant/health', {
    headers: { Authorization: `Bearer ${await signNudge({ tenant }, 'tidemark:admin')}` },
  })
  return { status: response.status, told: await response.json() }
}

const toldBy = async (settings: Partial<Environment>) => {
  const response = health(new Request('https://tidemark.test/health'), { ...env, ...settings }, app)
  return { status: response.status, told: await response.json() }
}

describe('the health of the Worker', () => {
  it('HLT-1 tells what it speaks and for which schema, and asks nobody', async () => {
    expect(await toldBy({})).toEqual({
      status: 200,
      told: {
        ok: true,
        protocol: PROTOCOL_VERSION,
        spoken: SPOKEN_VERSIONS,
        schema: app.manifest.hash,
        problems: [],
      },
    })
    expect(postgres.about('')).toEqual([])
  })

  it.each([
    [{ DATABASE_URL: '' }, 'DATABASE_URL must be'],
    [{ AUTH_SECRET: '' }, 'AUTH_SECRET is missing'],
    [{ POLL_CHANGES: 'sometimes' }, 'POLL_CHANGES must be'],
    [{ CHANGE_RETENTION_DAYS: 'a week' }, 'CHANGE_RETENTION_DAYS must be'],
    [{ ALERT_WEBHOOK_URL: 'pager' }, 'ALERT_WEBHOOK_URL must be'],
    [{ ALERT_WEBHOOK_URL: 'http://pager.test/' }, 'ALERT_WEBHOOK_URL must be'],
    [{ ALERT_WEBHOOK_URL: 'https://pager.test/' }, 'ALERT_WEBHOOK_SECRET must be'],
    [
      { ALERT_WEBHOOK_URL: 'https://pager.test/', ALERT_WEBHOOK_SECRET: 'whsec_c2VjcmV0' },
      'ALERT_WEBHOOK_SECRET must be',
    ],
  ])('HLT-1 is bad with %o, and says so without a secret', async (settings, sentence) => {
    const { status, told } = await toldBy(settings)
    expect({ status, told }).toMatchObject({
      status: 503,
      told: { ok: false, problems: [expect.stringContaining(sentence)] },
    })
    expect(JSON.stringify(told)).not.toContain('c2VjcmV0')
  })

  it('HLT-1 is good with a webhook that can be used', async () => {
    const secret = `whsec_${btoa('x'.repeat(32))}`
    const settings = { ALERT_WEBHOOK_URL: 'https://pager.test/', ALERT_WEBHOOK_SECRET: secret }
    expect(await toldBy(settings)).toMatchObject({ status: 200, told: { problems: [] } })
  })
})

describe('the health of a tenant', () => {
  it('HLT-2 tells how it stands', async () => {
    const tenant = newTenant('stands')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee()))
    await ada.committed(1)
    expect(await askAbout(tenant)).toEqual({
      status: 200,
      told: {
        state: 'ready',
        epoch: expect.any(String),
        seq: 1,
        committed: 1,
        waiting: 0,
        waitingSince: null,
        proposals: 0,
        delayed: null,
        behind: false,
        sessions: 1,
        loading: false,
        parked: null,
        conflicts: 0,
        aside: 0,
        records: [],
        versions: {
          protocol: PROTOCOL_VERSION,
          sessions: { [PROTOCOL_VERSION]: 1 },
          schema: app.manifest.hash,
        },
      },
    })
  })

  it('HLT-2 tells that edits wait, and since when', async () => {
    const tenant = newTenant('waits')
    const ada = await Peer.join({ sub: 'ada', tenant })
    postgres.fail(tenant)
    const from = Date.now()
    await ada.push(ada.edit(assignee()))
    const { told } = await askAbout(tenant)
    expect(told).toMatchObject({ seq: 1, committed: 0, waiting: 1, waitingSince: expect.any(String) })
    const { waitingSince } = told as { waitingSince: string }
    expect(Date.parse(waitingSince)).toBeGreaterThanOrEqual(from)
    expect(Date.parse(waitingSince)).toBeLessThanOrEqual(Date.now())
  })

  it('HLT-2 tells that another log has taken the tenant over', async () => {
    const tenant = newTenant('fenced')
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee()))
    await ada.committed(1)
    await sql("UPDATE tidemark.ledger SET epoch = 'another' WHERE tenant_id = $1", tenant)
    await ada.push(ada.edit(assignee('a2')))
    await expect.poll(async () => (await askAbout(tenant)).told).toMatchObject({ state: 'fenced' })
  })

  it('HLT-3 tells of a delay what everybody was told', async () => {
    const tenant = newTenant('delayed')
    const ada = await Peer.join({ sub: 'ada', tenant })
    postgres.fail(tenant)
    await ada.push(ada.edit(assignee()))
    await ada.until('she is told of the delay', () =>
      ada.frames.some(([kind, told]) => kind === 'health' && told),
    )
    const heard = ada.frames.flatMap((frame) => (frame[0] === 'health' && frame[1] ? [frame[1]] : [])).at(-1)
    expect((await askAbout(tenant)).told).toMatchObject({
      delayed: { cause: heard?.cause, since: new Date(heard?.since ?? 0).toISOString() },
      waiting: heard?.waiting,
    })
  })

  it('HLT-4 of one that is unknown is 404, and its object stays unused', async () => {
    const tenant = newTenant('unknown')
    expect(await askAbout(tenant)).toMatchObject({ status: 404, told: { code: 'unknown-tenant' } })
    expect(await storedOf(tenant)).toEqual([])
  })

  it('HLT-4 of one that Postgres alone knows says that nobody has opened it, and opens it not', async () => {
    const tenant = newTenant('unopened')
    await sql("INSERT INTO assignees (tenant_id, id, name) VALUES ($1, 'a1', 'Carl')", tenant)
    expect(await askAbout(tenant)).toMatchObject({ status: 200, told: { state: 'unfounded', epoch: '' } })
    expect(await storedOf(tenant)).toEqual([])
  })

  it('HLT-4 cannot be told while Postgres is away and the object knows nothing, which changes nothing', async () => {
    const tenant = newTenant('who-knows')
    postgres.fail(tenant)
    expect(await askAbout(tenant)).toMatchObject({ status: 503, told: { waiting: 0 } })
    expect(await storedOf(tenant)).toEqual([])
  })
})
