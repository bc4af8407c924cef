import { afterEach, expect, it, vi } from 'vitest'
import { SCHEMA_VERSION } from '../../../src/postgres/schema-version.ts'
import { sql } from '../support/database.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee } from '../support/samples.ts'
import { healthOf } from '../support/set-aside.ts'
import { committedOf, nudge } from '../support/tenant-world.ts'

const put = (version: number, floor: number) =>
  sql('UPDATE tidemark.version SET version = $1, floor = $2', version, floor)

afterEach(async () => {
  await put(SCHEMA_VERSION, 1)
  vi.restoreAllMocks()
})

it.each([
  ['old', SCHEMA_VERSION - 1, 0, 'run `tidemark migrate`'],
  ['new', SCHEMA_VERSION + 1, SCHEMA_VERSION + 1, 'deploy with the `tidemark` that migrated it'],
])(
  'DBV-4 with a database that is too %s edits are taken and wait, health says why, and once it is mended all arrives',
  async (age, version, floor, way) => {
    vi.spyOn(console, 'log').mockImplementation(() => undefined)
    const tenant = newTenant(`too ${age}`)
    const ada = await Peer.join({ sub: 'ada', tenant })
    await ada.push(ada.edit(assignee()))
    await ada.committed(1)
    await put(version, floor)
    expect(await ada.push(ada.edit(assignee('a2')))).toMatchObject([{ is: 'accepted', seq: 2 }])
    await expect.poll(async () => (await healthOf(tenant)).parked).toContain(way)
    expect(await committedOf(tenant)).toBe(1)
    await put(SCHEMA_VERSION, 1)
    await nudge(tenant)
    await ada.committed(2)
    expect(await sql('SELECT count(*)::int AS n FROM assignees WHERE tenant_id = $1', tenant)).toEqual([
      { n: 2 },
    ])
    ada.close()
  },
)
