import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { LogEntry } from '../../../src/core/log/log.ts'
import type { Collection, Column } from '../../../src/protocol/manifest.ts'
import { app } from '../../fixtures/board/sync.ts'
import { conflictsOf } from '../support/conflicts.ts'
import { cardsOf, sql } from '../support/database.ts'
import { deployOver, rowsOf, withColumn, withoutColumns } from '../support/earlier-schema.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'
import { logOf, metaOf, nudge, objectOf } from '../support/tenant-world.ts'

/** Ada, connected, and a card of hers that is in Postgres. */
async function withCard(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1', { reactions: 1, notes: 'hers' })))
  await ada.next('rows')
  await ada.committed(1)
  return { tenant, ada }
}

/** Somebody with the cards, as the first snapshot shows them. */
async function look(tenant: string) {
  const ben = await Peer.open({ sub: 'ben', tenant })
  const [, { manifest }] = await ben.hello()
  ben.send(['subscribe', { id: 9, query: { collection: 'cards' } }])
  const [, { columns }] = await ben.next('view')
  const [, { rows, seq }] = await ben.next('page')
  ben.cursor = seq
  return {
    ben,
    manifest,
    rows: rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]]))),
  }
}

/** Takes Postgres away from a collection until it is given back. */
async function withoutTable(table: string, work: () => Promise<void>): Promise<void> {
  await sql(`ALTER TABLE ${table} RENAME TO ${table}_away`)
  try {
    await work()
  } finally {
    await sql(`ALTER TABLE ${table}_away RENAME TO ${table}`)
  }
}

describe('a column that was added', () => {
  const { earlier, record } = withoutColumns('cards', 'notes', 'reactions')

  it('SCH-1 is read from Postgres for the records there are, and comes to clients with the manifest', async () => {
    const { tenant } = await withCard('added')
    // A backfill of which nobody told: as a default given with the column.
    await sql('ALTER TABLE cards DISABLE TRIGGER USER')
    await sql(
      "UPDATE cards SET notes = 'backfilled', reactions = 7, due_on = '2026-01-01' WHERE tenant_id = $1",
      tenant,
    )
    await sql('ALTER TABLE cards ENABLE TRIGGER USER')
    await deployOver(tenant, earlier, { record })
    const { rows, manifest } = await look(tenant)
    // Another field is none of the loading's business.
    expect(rows).toMatchObject([{ id: 'c1', notes: 'backfilled', reactions: 7, dueOn: null }])
    expect(manifest?.collections[1]?.columns.map(({ name }) => name)).toContain('notes')
    expect(await logOf(tenant)).toHaveLength(2)
  })

  it('ASD-1 with a value that cannot be shown sets that record aside alone, also beside edits on their way', async () => {
    const { tenant, ada } = await withCard('unfit')
    await ada.push(ada.edit(card('c2'), card('c3')))
    await ada.committed(2)
    const { earlier, record } = withoutColumns('cards', 'dueOn')
    await withoutTable('cards', async () => {
      await ada.push(ada.edit(change('c1', { notes: { set: 'on its way' } })))
      await ada.next('rows')
      await deployOver(tenant, earlier, { record })
    })
    await sql('ALTER TABLE cards DISABLE TRIGGER USER')
    await sql("UPDATE cards SET due_on = 'infinity' WHERE tenant_id = $1 AND id <> 'c3'", tenant)
    await sql('ALTER TABLE cards ENABLE TRIGGER USER')
    const { rows, ben } = await look(tenant)
    expect(rows).toMatchObject([{ id: 'c3' }])
    const told = ben.frames.flatMap((frame) =>
      frame[0] === 'aside' ? frame[1].records.map(([id]) => id) : [],
    )
    expect(told).toEqual(['c1', 'c2'])
    await expect
      .poll(() => sql('SELECT notes FROM cards WHERE tenant_id = $1 ORDER BY id', tenant))
      .toEqual([{ notes: 'on its way' }, { notes: '' }, { notes: '' }])
    await sql("UPDATE cards SET due_on = '2026-06-01' WHERE tenant_id = $1", tenant)
    await nudge(tenant)
    await ben.until('both are back', () => {
      const text = JSON.stringify(ben.frames)
      return text.includes('"N-c1"') && text.includes('"N-c2"') && text.includes('on its way')
    })
  })

  it('SCH-2 takes what others change meanwhile, exactly once, beside edits that wait for Postgres', async () => {
    const { tenant, ada } = await withCard('meanwhile')
    await withoutTable('cards', async () => {
      // Waits for Postgres while the application changes.
      await ada.push(ada.edit(change('c1', { dueOn: { set: '2026-05-01' } }), card('c2', { number: 'N-2' })))
      await ada.next('rows')
      await deployOver(tenant, earlier, { record })
    })
    await sql('UPDATE cards SET reactions = reactions + 4 WHERE tenant_id = $1', tenant)
    await sql("UPDATE cards SET notes = 'one', target_points = 5 WHERE tenant_id = $1", tenant)
    await sql("UPDATE cards SET notes = 'two' WHERE tenant_id = $1", tenant)
    await sql(
      `INSERT INTO cards (tenant_id, id, number, assignee_id, target_points, reactions)
       VALUES ($1, 'c3', 'N-3', 'a1', 1, 9)`,
      tenant,
    )
    const { rows, ben } = await look(tenant)
    expect(rows).toMatchObject([
      { id: 'c1', reactions: 5, notes: 'two', targetPoints: 5, dueOn: '2026-05-01' },
      { id: 'c2', reactions: 0, notes: '' },
      { id: 'c3', reactions: 9, notes: '' },
    ])
    await ben.push(
      ben.edit(change('c1', { reactions: { add: 1 } }), change('c2', { notes: { set: 'mine' } })),
    )
    await expect
      .poll(() => cardsOf(tenant))
      .toMatchObject([
        { id: 'c1', reactions: 6, notes: 'two', total: 5 },
        { id: 'c2', reactions: 0, notes: 'mine' },
        { id: 'c3', reactions: 9 },
      ])
    expect(await rowsOf(tenant, 'cards')).toMatchObject([
      { reactions: 6, notes: 'two' },
      { notes: 'mine' },
      { reactions: 9 },
    ])
  })

  it('SCH-3 goes on being loaded where it stopped, and edits wait meanwhile', async () => {
    const { tenant } = await withCard('stopped')
    await sql(
      `INSERT INTO cards (tenant_id, id, number, assignee_id, target_points, notes)
       SELECT $1, 'n' || n, 'M-' || n, 'a1', 1, 'note ' || n FROM generate_series(10000, 11500) n`,
      tenant,
    )
    await nudge(tenant)
    await expect.poll(() => rowsOf(tenant, 'cards')).toHaveLength(1_502)
    await deployOver(tenant, earlier, { record })
    // As if the first page had been stored when the object went away: it is not read again.
    await runInDurableObject(objectOf(tenant), (_, { storage }) => {
      const load = { collection: 'cards', columns: ['notes', 'reactions'], after: 'n10998', done: false }
      storage.sql.exec("UPDATE meta SET value = ? WHERE key = 'column-loads'", JSON.stringify([load]))
      storage.sql.exec(
        `UPDATE record SET row = json_set(row, '$.notes', 'kept', '$.reactions', 3) WHERE collection = 'cards' AND id <= 'n10998'`,
      )
    })
    await evictDurableObject(objectOf(tenant), { webSockets: 'close' })
    const ben = await Peer.open({ sub: 'ben', tenant })
    await withoutTable('cards', async () => {
      await ben.hello()
      ben.send(['subscribe', { id: 0, query: { collection: 'cards' } }])
      expect(await ben.push(ben.edit(change('c1', { dueOn: { set: '2026-05-01' } })))).toMatchObject([
        { is: 'rejected', error: { code: 'hydrating', retryable: true } },
      ])
    })
    await ben.next('page')
    const rows = await rowsOf(tenant, 'cards')
    expect(rows.filter(({ notes }) => notes === 'kept')).toHaveLength(1_000)
    expect(rows.slice(1_000).map(({ notes }) => notes)).toEqual(
      Array.from({ length: 502 }, (_, i) => `note ${10_999 + i}`),
    )
  })

  it('SCH-3 is loaded anew when the application changes once more meanwhile', async () => {
    const { tenant } = await withCard('twice')
    await deployOver(tenant, earlier, { record })
    const again = withoutColumns('cards', 'dueOn')
    await deployOver(tenant, again.earlier, again)
    expect((await look(tenant)).rows).toMatchObject([{ notes: 'hers', reactions: 1, dueOn: null }])
    expect(JSON.parse((await metaOf(tenant, 'column-loads')) ?? '')).toEqual([])
  })
})

describe('a collection', () => {
  it('SCH-4 that is new is loaded alone', async () => {
    const { tenant } = await withCard('collection')
    // What the object holds of other collections is not read again.
    const record = (collection: string, row: object) =>
      collection === 'cards' ? { ...row, notes: 'held' } : { ...row }
    await deployOver(tenant, (one) => (one.name === 'assignees' ? undefined : one), { record })
    const { rows, ben } = await look(tenant)
    expect(rows).toMatchObject([{ notes: 'held' }])
    await ben.subscribe('assignees')
    expect(await rowsOf(tenant, 'assignees')).toMatchObject([{ id: 'a1', name: 'Anna Berg' }])
  })
})

const colour: Column = { name: 'colour', type: 'text', nullable: true, policy: { kind: 'lww' } }
const ghosts: Collection = {
  name: 'ghosts',
  columns: [{ ...colour, name: 'id' }, colour],
  insertOnly: false,
  deletes: 'win',
}

describe('what was removed', () => {
  const { earlier, record } = withColumn('cards', colour, 'red')

  it('SCH-5 is in no record and no row any more, and who names it is told', async () => {
    const { tenant } = await withCard('removed')
    await runInDurableObject(objectOf(tenant), (_, { storage: { sql: own } }) => {
      own.exec("INSERT INTO record (collection, id, row, versions) VALUES ('ghosts', 'g1', '{}', '{}')")
      own.exec("INSERT INTO hydration VALUES ('ghosts', '', 0, 0, 1, 1)")
    })
    await deployOver(tenant, earlier, { record, more: [ghosts] })
    const { rows, ben } = await look(tenant)
    expect(Object.keys(rows[0] ?? {})).not.toContain('colour')
    expect(Object.keys((await rowsOf(tenant, 'cards'))[0] ?? {})).not.toContain('colour')
    expect(await rowsOf(tenant, 'ghosts')).toEqual([])
    expect(await ben.push(ben.edit(change('c1', { colour: { set: 'blue' } })))).toMatchObject([
      { is: 'rejected', error: { code: 'unknown-column', ref: 'colour' } },
    ])
    expect(await ben.push(ben.edit(change('c1', { notes: { set: 'still' } })))).toMatchObject([
      { is: 'accepted' },
    ])
  })

  it('SCH-6 and still waited for Postgres is kept in a conflict record; the rest of its edit is stored', async () => {
    const { tenant, ada } = await withCard('waiting')
    await withoutTable('cards', async () => {
      await ada.push(ada.edit(change('c1', { notes: { set: 'stays' } })), ada.edit(card('c2')))
      await ada.next('rows')
      const entry = (made: LogEntry): LogEntry => ({
        ...made,
        changes: made.changes.flatMap((one) => [
          one.kind === 'update' ? { ...one, after: { ...one.after, colour: 'blue' } } : one,
          {
            kind: 'insert',
            collection: 'ghosts',
            id: `g${made.seq}`,
            after: { id: `g${made.seq}`, colour: 'grey' },
          },
        ]),
      })
      await deployOver(tenant, earlier, { record, entry, more: [ghosts] })
    })
    const { rows } = await look(tenant)
    expect(rows).toMatchObject([{ id: 'c1', notes: 'stays' }, { id: 'c2' }])
    await expect.poll(() => cardsOf(tenant)).toMatchObject([{ id: 'c1', notes: 'stays' }, { id: 'c2' }])
    const colour = (collection: string, record: string, n: number, value: string) => ({
      ...{ collection, record, field: 'colour', loserBy: 'ada', loser: { client: ada.client, n, value } },
    })
    const told = await conflictsOf(tenant)
    expect(told).toHaveLength(4)
    expect(told).toEqual(
      expect.arrayContaining([
        expect.objectContaining(colour('cards', 'c1', 2, 'blue')),
        expect.objectContaining(colour('ghosts', 'g2', 2, 'grey')),
        expect.objectContaining(colour('cards', 'c2', 3, 'red')),
        expect.objectContaining(colour('ghosts', 'g3', 3, 'grey')),
      ]),
    )
  })
})

describe('a deploy', () => {
  it('SCH-7 of another policy, default or list of values reads nothing', async () => {
    const { tenant } = await withCard('policy')
    const earlier = (collection: Collection): Collection => ({
      ...collection,
      columns: collection.columns.map((column) =>
        column.name === 'notes' ? { ...column, default: 'else', policy: { kind: 'immutable' } } : column,
      ),
    })
    const record = (collection: string, row: object) =>
      collection === 'cards' ? { ...row, notes: 'held' } : { ...row }
    await deployOver(tenant, earlier, { record })
    const { rows, manifest, ben } = await look(tenant)
    expect(rows).toMatchObject([{ notes: 'held' }])
    expect(manifest?.hash).toBe(app.manifest.hash)
    expect(await logOf(tenant)).toHaveLength(1)
    expect(await ben.push(ben.edit(change('c1', { notes: { set: 'changed' } })))).toMatchObject([
      { is: 'accepted' },
    ])
  })

  it('SCH-8 of other columns lets nobody resume from before, and ends the sockets that outlived it', async () => {
    const { tenant, ada } = await withCard('resume')
    const { earlier, record } = withoutColumns('cards', 'notes')
    await deployOver(tenant, earlier, { record, sockets: 'hibernate' })
    const back = await Peer.open({ sub: 'ada', tenant }, ada.client)
    expect(await ada.untilClosed()).toMatchObject({ code: 4410 })
    await back.hello()
    const resume = { epoch: ada.epoch, seq: 1, resumeToken: ada.resumeTokenOf(1) }
    back.send(['subscribe', { id: 0, query: { collection: 'cards' }, resume }])
    await back.next('reset')
    back.send(['subscribe', { id: 1, query: { collection: 'cards' } }])
    const [, { rows, seq }] = await back.next('page')
    expect(JSON.stringify(rows)).toContain('hers')
    back.close()

    const again = await Peer.open({ sub: 'ada', tenant }, ada.client)
    await again.hello()
    const held = { epoch: ada.epoch, seq, resumeToken: back.resumeTokenOf(1) }
    again.send(['subscribe', { id: 0, query: { collection: 'cards' }, resume: held }])
    expect((await again.next('rows'))[1]).toBe(seq)
  })

  it('SCH-8 of how the object keeps its sockets ends those that outlived it', async () => {
    const { tenant, ada } = await withCard('earlier-socket')
    // Nothing is left that the object itself would keep.
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    await runInDurableObject(objectOf(tenant), (_, state) => {
      for (const socket of state.getWebSockets()) {
        const { id, claims, expiresAt } = socket.deserializeAttachment()
        socket.serializeAttachment({ id, claims, expiresAt, warnAt: 0, state: { is: 'greeted' } })
      }
    })
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    await Peer.join({ sub: 'ben', tenant })
    expect(await ada.untilClosed()).toMatchObject({ code: 4410 })
  })

  it('SCH-9 is told to Postgres once, with what is served now', async () => {
    const served = () => sql('SELECT hash, manifest FROM tidemark.manifest ORDER BY served_at DESC LIMIT 1')
    const { tenant } = await withCard('served')
    await expect.poll(served).toEqual([{ hash: app.manifest.hash, manifest: app.manifest }])
    await sql("INSERT INTO tidemark.manifest (hash, manifest) VALUES ('other', '{}')")
    const { earlier, record } = withoutColumns('cards', 'notes')
    await deployOver(tenant, earlier, { record })
    await runInDurableObject(objectOf(tenant), (_, { storage }) => {
      storage.sql.exec("UPDATE meta SET value = 'other' WHERE key = 'told-manifest'")
    })
    await look(tenant)
    await expect.poll(served).toMatchObject([{ hash: app.manifest.hash }])
  })
})
