import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it, vi } from 'vitest'
import { sql, untraced } from '../support/database.ts'
import { Peer } from '../support/peer.ts'
import { card, change } from '../support/samples.ts'
import {
  healthOf,
  isTold,
  leaves,
  mend,
  operate,
  poison,
  sees,
  TOO_LARGE,
  withCards,
} from '../support/set-aside.ts'
import { loseStorage, metaOf, nudge, objectOf } from '../support/tenant-world.ts'

describe('a record that Postgres holds and that cannot be one here', () => {
  it.each([
    [
      'a number that is too large',
      "UPDATE cards SET target_points = -9007199254740993 WHERE tenant_id = $1 AND id = 'c1'",
      'targetPoints',
    ],
    ['a day without end', "UPDATE cards SET due_on = 'infinity' WHERE tenant_id = $1 AND id = 'c1'", 'dueOn'],
    [
      'a day before Christ',
      "UPDATE cards SET due_on = '0044-03-15 BC' WHERE tenant_id = $1 AND id = 'c1'",
      'dueOn',
    ],
    [
      'a value that is not listed',
      "UPDATE cards SET status = 'odd' WHERE tenant_id = $1 AND id = 'c1'",
      'status',
    ],
    [
      'a row that is too large',
      "UPDATE cards SET notes = repeat('å', 1000000) WHERE tenant_id = $1 AND id = 'c1'",
      '',
    ],
  ])('ASD-1 %s sets it aside, and everything else goes on', async (_, statement, column) => {
    const { tenant, ada } = await withCards('alone')
    await sql(statement, tenant)
    await sql("UPDATE cards SET notes = 'goes on' WHERE tenant_id = $1 AND id = 'c2'", tenant)
    await nudge(tenant)
    await leaves(ada, 'c1')
    expect(JSON.stringify(ada.frames)).toContain('goes on')
    await ada.push(ada.edit(change('c2', { reactions: { add: 1 } })))
    await ada.committed(4)
    expect((await healthOf(tenant)).records).toMatchObject([
      { collection: 'cards', id: 'c1', ...(column !== '' && { column }) },
    ])
  })

  it('ASD-1 many large changes are taken in one look', async () => {
    const { tenant, ada } = await withCards('large')
    const insert = (id: string, characters: number) =>
      sql(
        "INSERT INTO assignees (tenant_id, id, name) VALUES ($1, $2, repeat('å', $3))",
        tenant,
        id,
        characters,
      )
    for (const id of ['l1', 'l2', 'l3']) await insert(id, 440_000)
    for (const id of ['l4', 'l5']) await insert(id, 200_000)
    await insert('l6', 460_000)
    await sql("UPDATE assignees SET name = 'seen' WHERE tenant_id = $1 AND id = 'a1'", tenant)
    await sql("DELETE FROM assignees WHERE tenant_id = $1 AND id = 'l1'", tenant)
    await nudge(tenant)
    await sees(ada, 'seen')
    const kept = await runInDurableObject(objectOf(tenant), (_, { storage }) =>
      storage.sql
        .exec<{ id: string }>("SELECT id FROM record WHERE collection = 'assignees' AND deleted_seq IS NULL")
        .toArray()
        .map(({ id }) => id),
    )
    expect(kept).toEqual(['a1', 'l2', 'l3', 'l4', 'l5'])
    expect((await healthOf(tenant)).records).toMatchObject([{ id: 'l6' }])
    await sql("UPDATE assignees SET name = 'short' WHERE tenant_id = $1 AND id = 'l6'", tenant)
    await nudge(tenant)
    await sees(ada, 'short')
  })

  it('ASD-1 is apart from what is loaded, compared and exported', async () => {
    const { tenant, ada } = await withCards('loaded')
    ada.close()
    await sql(
      "INSERT INTO assignees (tenant_id, id, name) SELECT $1, 'x' || n, 'X' FROM generate_series(1, 20) AS n",
      tenant,
    )
    await poison(tenant)
    await loseStorage(tenant)
    const ben = await Peer.join({ sub: 'ben', tenant })
    expect(JSON.stringify(ben.frames)).toContain('N-c2')
    expect(JSON.stringify(ben.frames)).not.toContain('N-c1')
    expect(JSON.stringify(ben.frames)).toContain('["c1","\\"targetPoints')
    await untraced(tenant, "UPDATE assignees SET name = 'found' WHERE tenant_id = $1 AND id = 'x7'")
    await nudge(tenant, '?compare')
    await sees(ben, 'found')
    await expect.poll(() => metaOf(tenant, 'comparison')).toBe('')
    const lines = (await (await operate(tenant, '/export')).text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.at(-1)).toEqual({ end: true, rows: 22, aside: 1 })
  })

  it('ASD-2 leaves every screen at once, whose people are told why', async () => {
    const { tenant, ada } = await withCards('told')
    const lines = vi.spyOn(console, 'log')
    await poison(tenant)
    await nudge(tenant)
    await leaves(ada, 'c1')
    await isTold(ada, 'c1', TOO_LARGE)
    await nudge(tenant)
    const logged = lines.mock.calls.map(([line]) => JSON.parse(String(line)))
    lines.mockRestore()
    expect(logged.filter(({ event }) => event === 'record-set-aside')).toMatchObject([
      { tenant, collection: 'cards', id: 'c1', reason: TOO_LARGE },
    ])
  })

  it('ASD-2 and nobody is told who may not see the record, nor of a column that is hidden', async () => {
    const { tenant, ada } = await withCards('rights')
    const vic = await Peer.join({ sub: 'vic', tenant, role: 'viewer' })
    // c2 is a draft, which viewers do not see.
    await poison(tenant, 'c2')
    await poison(tenant, 'c1')
    await nudge(tenant)
    await isTold(ada, 'c2', TOO_LARGE)
    await isTold(vic, 'c1', TOO_LARGE)
    expect(JSON.stringify(vic.frames)).not.toMatch(/["_-]c2"/)
    expect(await vic.push(vic.edit(change('c2', { status: { set: 'open' } })))).toMatchObject([
      { error: { code: 'not-found' } },
    ])
    expect(await vic.push(vic.edit(change('c2', { notes: { set: '' } })))).toMatchObject([
      { error: { code: 'unknown-column' } },
    ])
  })

  it('ASD-3 comes back with all of its values once it is mended and a nudge has come', async () => {
    const { tenant, ada } = await withCards('mended')
    await poison(tenant)
    await nudge(tenant)
    await isTold(ada, 'c1', TOO_LARGE)
    await sql("UPDATE cards SET notes = 'while away' WHERE tenant_id = $1 AND id = 'c1'", tenant)
    await nudge(tenant)
    await mend(tenant)
    await nudge(tenant)
    await isTold(ada, 'c1', null)
    const back = ada.frames.findLast(
      (frame) => frame[0] === 'rows' && JSON.stringify(frame).includes('while away'),
    )
    expect(JSON.stringify(back)).toContain(
      '["c1","N-c1","a1","open",5,0,1,"while away",null,0,null,[],null,""]',
    )
    expect(await healthOf(tenant)).toMatchObject({ aside: 0, records: [] })
    expect(await ada.push(ada.edit(change('c1', { notes: { set: 'on' } })))).toMatchObject([
      { is: 'accepted' },
    ])
  })

  it('ASD-3 also mended and set aside again in one look, and after the object has slept', async () => {
    const { tenant, ada } = await withCards('again')
    await poison(tenant)
    await mend(tenant)
    await poison(tenant)
    await nudge(tenant)
    await isTold(ada, 'c1', TOO_LARGE)
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    await poison(tenant, 'c2')
    await mend(tenant)
    await mend(tenant, 'c2')
    await nudge(tenant)
    await sees(ada, '"N-c1"')
    await expect.poll(async () => (await healthOf(tenant)).aside).toBe(0)
  })

  it('ASD-6 is forgotten when it is gone, with or without a trace, or when another epoch begins', async () => {
    const { tenant, ada } = await withCards('gone')
    await poison(tenant)
    await poison(tenant, 'c2')
    await nudge(tenant)
    await isTold(ada, 'c2', TOO_LARGE)
    await sql("DELETE FROM cards WHERE tenant_id = $1 AND id = 'c1'", tenant)
    await nudge(tenant)
    await isTold(ada, 'c1', null)
    await untraced(tenant, "DELETE FROM cards WHERE tenant_id = $1 AND id = 'c2'")
    await nudge(tenant, '?compare')
    await isTold(ada, 'c2', null)
    expect(await ada.push(ada.edit(card('c1')))).toMatchObject([{ is: 'accepted' }])
  })

  it('ASD-6 what was poisoned and mended without a trace is found by comparison', async () => {
    const { tenant, ada } = await withCards('untraced')
    await untraced(tenant, "UPDATE cards SET due_on = '-infinity' WHERE tenant_id = $1 AND id = 'c1'")
    await nudge(tenant, '?compare')
    await leaves(ada, 'c1')
    await untraced(tenant, "UPDATE cards SET due_on = '2026-05-05' WHERE tenant_id = $1 AND id = 'c1'")
    await nudge(tenant, '?compare')
    await sees(ada, '2026-05-05')
    expect(await healthOf(tenant)).toMatchObject({ aside: 0 })
  })
})
