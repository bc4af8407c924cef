import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { exports } from 'cloudflare:workers'
import { describe, expect, it, vi } from 'vitest'
import type { Down } from '../../../src/protocol/down.ts'
import { sql, untraced } from '../support/database.ts'
import { appliedOf, metaOf, nudge, objectOf, signNudge } from '../support/outside-world.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { change, contact, invoice, payment } from '../support/samples.ts'
import { wayToPostgres } from '../support/way-to-postgres.ts'

type Rows = Extract<Down, readonly ['rows', ...unknown[]]>
type Told = Extract<Down, readonly ['aside', ...unknown[]]>

const TOO_LARGE = '"totalCents" must be a whole number below 2^53.'

/** Ada, connected, and two invoices of hers that are in Postgres. */
async function withInvoices(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(contact(), invoice('i1', { reminders: 1, status: 'sent' }), invoice('i2')))
  await ada.next('rows')
  await ada.committed(1)
  return { tenant, ada }
}

const poison = (tenant: string, id = 'i1') =>
  sql(
    "UPDATE invoices SET total_cents = 9007199254740993, notes = 'theirs' WHERE tenant_id = $1 AND id = $2",
    tenant,
    id,
  )

const mend = (tenant: string, id = 'i1') =>
  sql('UPDATE invoices SET total_cents = 5 WHERE tenant_id = $1 AND id = $2', tenant, id)

const leaves = (peer: Peer, id: string) =>
  peer.find(
    `${id} to leave`,
    (frame): frame is Rows => frame[0] === 'rows' && frame[3].some(([, , , left]) => left.includes(id)),
  )

const sees = (peer: Peer, text: string) =>
  peer.find(
    `rows with ${text}`,
    (frame): frame is Rows => frame[0] === 'rows' && JSON.stringify(frame).includes(text),
  )

const isTold = (peer: Peer, id: string, reason: string | null) =>
  peer.find(
    `news of ${id}`,
    (frame): frame is Told =>
      frame[0] === 'aside' && frame[1].records.some(([one, why]) => one === id && why === reason),
  )

type Health = {
  aside: number
  parked: string | null
  records: { id: string; collection: string; reason: string }[]
}

async function operate(tenant: string, path: string): Promise<Response> {
  const token = await signNudge({ tenant }, 'tidemark:admin')
  return exports.default.fetch(`https://tidemark.test/sync/tenant${path}`, {
    headers: { Authorization: `Bearer ${token}` },
  })
}

const healthOf = async (tenant: string) => (await operate(tenant, '/health')).json<Health>()

const conflictsOf = (tenant: string) =>
  runInDurableObject(objectOf(tenant), (_, { storage }) =>
    JSON.stringify(storage.sql.exec<{ conflict: string }>('SELECT conflict FROM conflict').toArray()),
  )

describe('a record that Postgres holds and that cannot be one here', () => {
  it.each([
    [
      'a number that is too large',
      "UPDATE invoices SET total_cents = -9007199254740993 WHERE tenant_id = $1 AND id = 'i1'",
      'totalCents',
    ],
    [
      'a day without end',
      "UPDATE invoices SET due_on = 'infinity' WHERE tenant_id = $1 AND id = 'i1'",
      'dueOn',
    ],
    [
      'a day before Christ',
      "UPDATE invoices SET due_on = '0044-03-15 BC' WHERE tenant_id = $1 AND id = 'i1'",
      'dueOn',
    ],
    [
      'a value that is not listed',
      "UPDATE invoices SET status = 'odd' WHERE tenant_id = $1 AND id = 'i1'",
      'status',
    ],
    [
      'a row that is too large',
      "UPDATE invoices SET notes = repeat('å', 1000000) WHERE tenant_id = $1 AND id = 'i1'",
      '',
    ],
  ])('ASD-1 %s sets it aside, and everything else goes on', async (_, statement, column) => {
    const { tenant, ada } = await withInvoices('alone')
    await sql(statement, tenant)
    await sql("UPDATE invoices SET notes = 'goes on' WHERE tenant_id = $1 AND id = 'i2'", tenant)
    await nudge(tenant)
    await leaves(ada, 'i1')
    expect(JSON.stringify(ada.frames)).toContain('goes on')
    await ada.push(ada.edit(change('i2', { reminders: { add: 1 } })))
    await ada.committed(4)
    expect((await healthOf(tenant)).records).toMatchObject([
      { collection: 'invoices', id: 'i1', ...(column !== '' && { column }) },
    ])
  })

  it('ASD-1 many large changes are taken in one look', async () => {
    const { tenant, ada } = await withInvoices('large')
    const insert = (id: string, characters: number) =>
      sql(
        "INSERT INTO contacts (tenant_id, id, name) VALUES ($1, $2, repeat('å', $3))",
        tenant,
        id,
        characters,
      )
    for (const id of ['l1', 'l2', 'l3']) await insert(id, 440_000)
    for (const id of ['l4', 'l5']) await insert(id, 200_000)
    await insert('l6', 460_000)
    await sql("UPDATE contacts SET name = 'seen' WHERE tenant_id = $1 AND id = 'c1'", tenant)
    await sql("DELETE FROM contacts WHERE tenant_id = $1 AND id = 'l1'", tenant)
    await nudge(tenant)
    await sees(ada, 'seen')
    const kept = await runInDurableObject(objectOf(tenant), (_, { storage }) =>
      storage.sql
        .exec<{ id: string }>("SELECT id FROM record WHERE collection = 'contacts' AND deleted_seq IS NULL")
        .toArray()
        .map(({ id }) => id),
    )
    expect(kept).toEqual(['c1', 'l2', 'l3', 'l4', 'l5'])
    expect((await healthOf(tenant)).records).toMatchObject([{ id: 'l6' }])
    await sql("UPDATE contacts SET name = 'short' WHERE tenant_id = $1 AND id = 'l6'", tenant)
    await nudge(tenant)
    await sees(ada, 'short')
  })

  it('ASD-1 is apart from what is loaded, compared and exported', async () => {
    const { tenant, ada } = await withInvoices('loaded')
    ada.close()
    await sql(
      "INSERT INTO contacts (tenant_id, id, name) SELECT $1, 'x' || n, 'X' FROM generate_series(1, 20) AS n",
      tenant,
    )
    await poison(tenant)
    await runInDurableObject(objectOf(tenant), (_, { storage }) => storage.deleteAll())
    await evictDurableObject(objectOf(tenant), { webSockets: 'close' })
    const ben = await Peer.join({ sub: 'ben', tenant })
    expect(JSON.stringify(ben.frames)).toContain('N-i2')
    expect(JSON.stringify(ben.frames)).not.toContain('N-i1')
    expect(JSON.stringify(ben.frames)).toContain('["i1","\\"totalCents')
    await untraced(tenant, "UPDATE contacts SET name = 'found' WHERE tenant_id = $1 AND id = 'x7'")
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
    const { tenant, ada } = await withInvoices('told')
    const lines = vi.spyOn(console, 'log')
    await poison(tenant)
    await nudge(tenant)
    await leaves(ada, 'i1')
    await isTold(ada, 'i1', TOO_LARGE)
    await nudge(tenant)
    const logged = lines.mock.calls.map(([line]) => JSON.parse(String(line)))
    lines.mockRestore()
    expect(logged.filter(({ event }) => event === 'record-set-aside')).toMatchObject([
      { tenant, collection: 'invoices', id: 'i1', reason: TOO_LARGE },
    ])
  })

  it('ASD-2 and nobody is told who may not see the record, nor of a column that is hidden', async () => {
    const { tenant, ada } = await withInvoices('rights')
    const vic = await Peer.join({ sub: 'vic', tenant, role: 'viewer' })
    // i2 is a draft, which viewers do not see.
    await poison(tenant, 'i2')
    await poison(tenant, 'i1')
    await nudge(tenant)
    await isTold(ada, 'i2', TOO_LARGE)
    await isTold(vic, 'i1', TOO_LARGE)
    expect(JSON.stringify(vic.frames)).not.toContain('"i2"')
    expect(await vic.push(vic.edit(change('i2', { notes: { set: '' } })))).toMatchObject([
      { error: { code: 'not-found' } },
    ])
  })

  it('ASD-3 comes back with all of its values once it is mended and a nudge has come', async () => {
    const { tenant, ada } = await withInvoices('mended')
    await poison(tenant)
    await nudge(tenant)
    await isTold(ada, 'i1', TOO_LARGE)
    await sql("UPDATE invoices SET notes = 'while away' WHERE tenant_id = $1 AND id = 'i1'", tenant)
    await nudge(tenant)
    await mend(tenant)
    await nudge(tenant)
    await isTold(ada, 'i1', null)
    const back = ada.frames.findLast(
      (frame) => frame[0] === 'rows' && JSON.stringify(frame).includes('while away'),
    )
    expect(JSON.stringify(back)).toContain('["i1","N-i1","c1","sent",5,0,1,"while away",null]')
    expect(await healthOf(tenant)).toMatchObject({ aside: 0, records: [] })
    expect(await ada.push(ada.edit(change('i1', { notes: { set: 'on' } })))).toMatchObject([
      { is: 'accepted' },
    ])
  })

  it('ASD-3 also mended and set aside again in one look, and after the object has slept', async () => {
    const { tenant, ada } = await withInvoices('again')
    await poison(tenant)
    await mend(tenant)
    await poison(tenant)
    await nudge(tenant)
    await isTold(ada, 'i1', TOO_LARGE)
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    await poison(tenant, 'i2')
    await mend(tenant)
    await mend(tenant, 'i2')
    await nudge(tenant)
    await sees(ada, '"N-i1"')
    await expect.poll(async () => (await healthOf(tenant)).aside).toBe(0)
  })

  it('ASD-4 cannot be edited: what means it is refused with the reason, and what comes after goes on', async () => {
    const { tenant, ada } = await withInvoices('refused')
    await poison(tenant)
    await nudge(tenant)
    await leaves(ada, 'i1')
    const verdicts = await ada.push(
      ada.edit(change('i1', { notes: { set: 'mine' } })),
      ada.edit({ op: 'delete', collection: 'invoices', id: 'i1', blind: true }),
      ada.edit(invoice('i1')),
      ada.edit(payment('p1', 'i1', 100)),
      ada.edit(change('i2', { notes: { set: 'fine' } })),
    )
    const refused = {
      is: 'rejected',
      error: { code: 'set-aside', message: expect.stringContaining(TOO_LARGE) },
    }
    expect(verdicts).toMatchObject([refused, refused, refused, refused, { is: 'accepted' }])
    await ada.committed(3)
    const [row] = await sql(
      "SELECT total_cents::text, notes FROM invoices WHERE tenant_id = $1 AND id = 'i1'",
      tenant,
    )
    expect(row).toEqual({ total_cents: '9007199254740993', notes: 'theirs' })
  })

  it('ASD-5 edits on their way are written, but for what Postgres has overwritten, which is kept', async () => {
    const { tenant, ada } = await withInvoices('on-its-way')
    await poison(tenant)
    await ada.push(
      ada.edit(change('i1', { notes: { set: 'mine' }, reminders: { add: 2 }, dueOn: { set: '2026-03-01' } })),
      ada.edit(change('i2', { notes: { set: 'other' } })),
    )
    await leaves(ada, 'i1')
    await ada.committed(3)
    await expect.poll(() => appliedOf(tenant)).toBe(4)
    expect(
      await sql(
        'SELECT total_cents::text, notes, reminders, due_on::text FROM invoices WHERE tenant_id = $1 ORDER BY id',
        tenant,
      ),
    ).toEqual([
      { total_cents: '9007199254740993', notes: 'theirs', reminders: 3, due_on: '2026-03-01' },
      { total_cents: '10000', notes: 'other', reminders: 0, due_on: null },
    ])
    expect(await conflictsOf(tenant)).toContain('mine')
    await mend(tenant)
    await nudge(tenant)
    await isTold(ada, 'i1', null)
    expect(JSON.stringify(ada.frames.at(-2))).toContain(
      '["i1","N-i1","c1","sent",5,0,3,"theirs","2026-03-01"]',
    )
  })

  it('ASD-5 and one of them that Postgres then refuses is undone alone', async () => {
    const { tenant, ada } = await withInvoices('refusal')
    const way = wayToPostgres()
    way.turn('away')
    const [, paid] = await ada.push(
      ada.edit(invoice('i3', { number: 'N-i2' })),
      ada.edit(change('i1', { dueOn: { set: '2026-03-01' } })),
    )
    expect(paid).toMatchObject({ is: 'accepted' })
    await poison(tenant)
    way.turn('open')
    await nudge(tenant)
    await ada.find(
      'the revert',
      (frame): frame is Down => frame[0] === 'receipt' && JSON.stringify(frame).includes('refused-unique'),
    )
    await ada.committed(3)
    expect((await healthOf(tenant)).records).toMatchObject([{ id: 'i1' }])
    expect(await sql("SELECT due_on::text FROM invoices WHERE tenant_id = $1 AND id = 'i1'", tenant)).toEqual(
      [{ due_on: '2026-03-01' }],
    )
  })

  it('ASD-6 is forgotten when it is gone, with or without a trace, or when another epoch begins', async () => {
    const { tenant, ada } = await withInvoices('gone')
    await poison(tenant)
    await poison(tenant, 'i2')
    await nudge(tenant)
    await isTold(ada, 'i2', TOO_LARGE)
    await sql("DELETE FROM invoices WHERE tenant_id = $1 AND id = 'i1'", tenant)
    await nudge(tenant)
    await isTold(ada, 'i1', null)
    await untraced(tenant, "DELETE FROM invoices WHERE tenant_id = $1 AND id = 'i2'")
    await nudge(tenant, '?compare')
    await isTold(ada, 'i2', null)
    expect(await ada.push(ada.edit(invoice('i1')))).toMatchObject([{ is: 'accepted' }])
  })

  it('ASD-6 what was poisoned and mended without a trace is found by comparison', async () => {
    const { tenant, ada } = await withInvoices('untraced')
    await untraced(tenant, "UPDATE invoices SET due_on = '-infinity' WHERE tenant_id = $1 AND id = 'i1'")
    await nudge(tenant, '?compare')
    await leaves(ada, 'i1')
    await untraced(tenant, "UPDATE invoices SET due_on = '2026-05-05' WHERE tenant_id = $1 AND id = 'i1'")
    await nudge(tenant, '?compare')
    await sees(ada, '2026-05-05')
    expect(await healthOf(tenant)).toMatchObject({ aside: 0 })
  })

  it('ASD-7 an edit that an earlier log has left is undone with the reason', async () => {
    const { tenant, ada } = await withInvoices('carried')
    const way = wayToPostgres()
    way.turn('away')
    await ada.push(
      ada.edit(change('i1', { notes: { set: 'carried' } })),
      ada.edit(change('i2', { notes: { set: 'too' } })),
    )
    await poison(tenant)
    // As when Postgres was put back: the changes that the cursor has read are not there any more.
    await sql('DELETE FROM tidemark.reading WHERE tenant_id = $1', tenant)
    await sql('UPDATE tidemark.ledger SET applied_seq = 0 WHERE tenant_id = $1', tenant)
    way.turn('open')
    await nudge(tenant)
    await ada.untilClosed()
    const back = await Peer.open({ sub: 'ada', tenant }, ada.client)
    await back.hello(2)
    await back.until('the revert', () => JSON.stringify(back.frames).includes('set-aside'))
    await expect
      .poll(() => sql('SELECT notes FROM invoices WHERE tenant_id = $1 ORDER BY id', tenant))
      .toEqual([{ notes: 'theirs' }, { notes: 'too' }])
  })
})
