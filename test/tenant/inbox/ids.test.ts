import { exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import type { Op } from '../../../src/protocol/edit.ts'
import { sql } from '../support/database.ts'
import { newTenant, Peer, sign } from '../support/peer.ts'
import { loseStorage, nudge, postNudge, signNudge } from '../support/tenant-world.ts'

const assignee = (id: string): Op => ({ op: 'insert', collection: 'assignees', id, values: { name: 'N' } })

const LONGEST = 'x'.repeat(128)

/** Ids that are none, and that a database may hold all the same. */
const NONE = ['', 'x'.repeat(129), 'two\nlines', 'bell\u0007', 'next\u0085line', 'a\u2028b', 'del\u007f']

/** Ids that are ids, however odd. */
const ODD = [LONGEST, 'a,b', ' with spaces ', 'é', 'e\u0301', '🌊', '%2C', '*', '"', "'; --", '__proto__']

async function operate(tenant: string, path: string): Promise<Response> {
  const token = await signNudge({ tenant }, 'tidemark:admin')
  return exports.default.fetch(`https://tidemark.test/sync/tenant${path}`, {
    headers: { Authorization: `Bearer ${token}` },
  })
}

it.each([...NONE, 'a\u0000b', 'half \ud83c'])(
  'IDS-2 an edit of %j is refused by name, and the edits after it go on',
  async (id) => {
    const ada = await Peer.join({ sub: 'ada', tenant: newTenant('none') })
    const verdicts = await ada.push(
      ada.edit(assignee(id)),
      ada.edit({ op: 'update', collection: 'assignees', id, fields: { city: { set: 'X' } }, blind: true }),
      ada.edit({ op: 'delete', collection: 'assignees', id, blind: true }),
      ada.edit(assignee('good')),
    )
    const refused = { is: 'rejected', error: { code: 'bad-id', retryable: false } }
    expect(verdicts).toMatchObject([refused, refused, refused, { is: 'accepted', seq: 1 }])
  },
)

it('IDS-2 and so is one with characters that Postgres cannot store', async () => {
  const ada = await Peer.join({ sub: 'ada', tenant: newTenant('text') })
  const named = (name: string) =>
    ada.edit({ op: 'insert', collection: 'assignees', id: 'a1', values: { name } })
  expect(await ada.push(named('a\u0000b'), named('half \udc00'), named('good'))).toMatchObject([
    { is: 'rejected', error: { code: 'bad-text' } },
    { is: 'rejected', error: { code: 'bad-text' } },
    { is: 'accepted', seq: 1 },
  ])
  expect(ada.closed).toBeUndefined()
})

it('IDS-3 rows with such ids are kept out, live and loaded, and listed for who runs the service', async () => {
  const tenant = newTenant('kept-out')
  const ada = await Peer.join({ sub: 'ada', tenant })
  const insert = (ids: readonly string[]) =>
    sql(
      "INSERT INTO assignees (tenant_id, id, name) SELECT $1, id, 'SQL' FROM unnest($2::text[]) AS id",
      tenant,
      ids,
    )
  await insert([...NONE, 'seen'])
  await nudge(tenant)
  await ada.until('the good one', () => JSON.stringify(ada.frames).includes('["seen","SQL"'))
  const listed = async () => {
    const health = await (await operate(tenant, '/health')).json<{
      records: { id: string; reason: string }[]
    }>()
    expect(health.records.every(({ reason }) => reason.startsWith('An id '))).toBe(true)
    return health.records.map(({ id }) => id).toSorted()
  }
  expect(await listed()).toEqual(NONE.toSorted())
  ada.close()

  await loseStorage(tenant)
  const ben = await Peer.join({ sub: 'ben', tenant })
  expect(await listed()).toEqual(NONE.toSorted())
  const rows = ben.frames.flatMap((frame) => (frame[0] === 'page' ? frame[1].rows.map(([id]) => id) : []))
  expect(rows).toEqual(['seen'])
  const exported = (await (await operate(tenant, '/export')).text()).trimEnd().split('\n').slice(1, -1)
  expect(exported.map((line) => JSON.parse(line).row.id)).toEqual(['seen'])

  await sql("DELETE FROM assignees WHERE tenant_id = $1 AND id = ''", tenant)
  await sql("UPDATE assignees SET id = 'mended' WHERE tenant_id = $1 AND id = $2", tenant, 'x'.repeat(129))
  await nudge(tenant)
  await ben.until('the mended one', () => JSON.stringify(ben.frames).includes('["mended","SQL"'))
  expect(await listed()).toEqual(NONE.slice(2).toSorted())
})

it('IDS-4 ids are the same when their characters are, on every way in and out', async () => {
  const tenant = newTenant('odd')
  const ada = await Peer.join({ sub: 'ada', tenant })
  const verdicts = await ada.push(...ODD.map((id) => ada.edit(assignee(id))))
  expect(verdicts.map(({ is }) => is)).toEqual(ODD.map(() => 'accepted'))
  await ada.committed(ODD.length)
  const inPostgres = await sql('SELECT id FROM assignees WHERE tenant_id = $1', tenant)
  expect(inPostgres.map(({ id }) => String(id)).toSorted()).toEqual(ODD.toSorted())
  await sql("UPDATE assignees SET name = 'N ' || id WHERE tenant_id = $1", tenant)
  await nudge(tenant)
  await ada.until('all changes', () =>
    ODD.every((id) => JSON.stringify(ada.frames).includes(JSON.stringify(`N ${id}`))),
  )
  await loseStorage(tenant)
  const ben = await Peer.open({ sub: 'ben', tenant })
  await ben.hello()
  const rows = await ben.follow(0, { collection: 'assignees' })
  expect(rows.map(([id, name]) => [id, name]).toSorted()).toEqual(ODD.map((id) => [id, `N ${id}`]).toSorted())
  expect(await (await operate(tenant, '/health')).json()).toMatchObject({ aside: 0 })
})

it('IDS-5 no id brings another tag into a header, or breaks it', async () => {
  const tenant = newTenant('tags')
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(...ODD.map((id) => ada.edit(assignee(id))))
  const query = encodeURIComponent(JSON.stringify({ collection: 'assignees' }))
  const response = await exports.default.fetch(`https://tidemark.test/sync/query?q=${query}`, {
    headers: { Authorization: `Bearer ${await sign({ sub: 'ada', tenant })}` },
  })
  expect(response.status).toBe(200)
  const tags = (response.headers.get('Cache-Tag') ?? '').split(',')
  expect(tags.map(decodeURIComponent).toSorted()).toEqual(
    ['assignees_list', ...ODD.map((id) => `assignees_${id}`)].toSorted(),
  )
  expect(tags.every((tag) => /^[\x21-\x7e]+$/.test(tag))).toBe(true)
})

it.each(['', 'x'.repeat(129), 'two\nlines', 'a\u0000b'])(
  'IDS-6 a token for the tenant %j is not valid',
  async (tenant) => {
    const ada = await Peer.open({ sub: 'ada', tenant })
    expect(await ada.untilClosed()).toMatchObject({ reason: 'unauthenticated' })
    expect((await postNudge(await signNudge({ tenant }))).status).toBe(401)
    expect((await operate(tenant, '/health')).status).toBe(401)
  },
)
