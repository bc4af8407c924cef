import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { LogEntry } from '../../../src/core/log/log.ts'
import type { Down } from '../../../src/protocol/down/down.ts'
import type { Verdict } from '../../../src/protocol/down/receipt.ts'
import type { Edit, Op } from '../../../src/protocol/edit.ts'
import { cardsOf, sql } from '../support/database.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change, prize } from '../support/samples.ts'
import { appliedOf, logOf, loseStorage, nudge, objectOf, strikeStorage } from '../support/tenant-world.ts'
import { wayToPostgres } from '../support/way-to-postgres.ts'

type Rows = Extract<Down, readonly ['rows', ...unknown[]]>

/** Ada and Ben, and an open card that is in Postgres. */
async function withCard(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1', { status: 'open' })))
  await ada.next('rows')
  await ada.committed(1)
  const ben = await Peer.join({ sub: 'ben', tenant })
  return { tenant, ada, ben }
}

/** An edit that is Postgres first, made now. */
const first = (peer: Peer, ops: Op[], deadlineMs?: number): Edit => ({
  ...peer.edit(...ops),
  durability: 'committed',
  ...(deadlineMs !== undefined && { deadlineMs }),
})

const propose = (peer: Peer, ...edits: Edit[]) => peer.send(['push', 0, edits])

/** The verdict that comes once Postgres has answered. */
async function verdictOf(peer: Peer): Promise<Verdict | undefined> {
  return (await peer.next('receipt'))[1][0]
}

const sees = (peer: Peer, text: string) =>
  peer.find(
    `rows with ${text}`,
    (frame): frame is Rows => frame[0] === 'rows' && JSON.stringify(frame).includes(text),
  )

/** The record as the object holds it. */
function recordOf(tenant: string, id: string): Promise<Record<string, unknown>> {
  return runInDurableObject(objectOf(tenant), (_, { storage }) =>
    JSON.parse(storage.sql.exec<{ row: string }>('SELECT row FROM record WHERE id = ?', id).one().row),
  )
}

/** Lets the time of the waiting edit be up, once Postgres was asked about it. */
async function passDeadline(tenant: string): Promise<void> {
  await expect.poll(() => waitingIn(tenant, 'asked = 1')).toBe(1)
  await runInDurableObject(objectOf(tenant), (_, { storage }) => {
    storage.sql.exec("UPDATE proposal SET due_at = 1, proposal = json_set(proposal, '$.dueAt', 1)")
  })
}

function waitingIn(tenant: string, which = 'true'): Promise<number> {
  return runInDurableObject(objectOf(tenant), (_, { storage }) =>
    Number(storage.sql.exec(`SELECT count(*) AS waiting FROM proposal WHERE ${which}`).one()['waiting']),
  )
}

describe('an edit that is Postgres first', () => {
  it('PF-1 is shown to nobody before Postgres has it, then to all at once, with all of its rows', async () => {
    const { tenant, ada, ben } = await withCard('first')
    const way = wayToPostgres()
    way.turn('held')
    propose(ada, first(ada, [prize('p1', 'c1', 4_000), change('c1', { notes: { set: 'won at last' } })]))
    await expect.poll(() => way.asked).toContain('propose')
    // Nobody else waits: Ben's edit is accepted, and Ada sees it.
    expect(await ben.push(ben.edit(change('c1', { reactions: { add: 1 } })))).toMatchObject([
      { is: 'accepted', seq: 2 },
    ])
    await ada.next('rows')
    expect(JSON.stringify([ada.frames, ben.frames])).not.toMatch(/"p1"|won at last/)
    expect(await logOf(tenant)).toHaveLength(2)

    way.turn('open')
    expect(await verdictOf(ada)).toEqual({ is: 'accepted', n: 2, seq: 3, committed: true })
    expect(await sql('SELECT id FROM prizes WHERE tenant_id = $1', tenant)).toEqual([{ id: 'p1' }])
    const [, , , parts] = await sees(ben, 'p1')
    expect(JSON.stringify(parts)).toMatch(/4000.*won at last|won at last.*4000/)
    await expect
      .poll(() => cardsOf(tenant))
      .toMatchObject([{ won: 4_000, status: 'in_progress', notes: 'won at last', reactions: 1 }])
    expect(await recordOf(tenant, 'c1')).toMatchObject({ pointsWon: 4_000, reactions: 1 })
    expect(await logOf(tenant)).toMatchObject([{}, {}, { seq: 3, actor: ada.client, n: 2, subject: 'ada' }])
  })

  it('PF-3 is waited for by its author’s later edits', async () => {
    const { ada } = await withCard('later')
    const [one, two] = [first(ada, [prize('p1', 'c1', 1_000)]), ada.edit(prize('p2', 'c1', 500))]
    propose(ada, one, two)
    expect(await ada.next('receipt')).toMatchObject(['receipt', [{ n: 2, is: 'accepted' }]])
    expect(await ada.push(two)).toMatchObject([{ n: 3, is: 'accepted' }])
  })

  it('PF-7 that Postgres refuses is refused in words, and was never shown to anybody', async () => {
    const { tenant, ada, ben } = await withCard('refused')
    const twin = first(ada, [card('c2', { number: 'N-c1' })])
    propose(ada, twin)
    const refused = {
      is: 'rejected',
      n: 2,
      error: { code: 'refused-unique', retryable: false, message: 'Another record already has this value.' },
    }
    expect(await verdictOf(ada)).toEqual(refused)
    expect(await ada.push(twin)).toEqual([refused])
    // Between the two is that she is told of it.
    expect(await ada.push(ada.edit(change('c1', { notes: { set: 'later' } })))).toMatchObject([{ seq: 3 }])
    await sees(ben, 'later')
    expect(JSON.stringify(ben.frames)).not.toMatch(/"(N-)?c2"/)
    expect(await logOf(tenant)).toHaveLength(3)
  })

  it('PF-6 merges with unseen edits and external changes, and both sides end equal', async () => {
    const { tenant, ada, ben } = await withCard('merge')
    const way = wayToPostgres()
    way.turn('held')
    propose(
      ada,
      first(ada, [
        change('c1', { notes: { set: 'Ada' }, reactions: { add: 1 }, status: { set: 'in_progress' } }),
      ]),
    )
    await expect.poll(() => way.asked).toContain('propose')
    const unseen = { notes: { set: 'Ben' }, reactions: { add: 10 }, status: { set: 'withdrawn' } }
    await ben.push(ben.edit(change('c1', unseen)))
    await sql(
      "UPDATE cards SET reactions = reactions + 100, due_on = '2026-03-01' WHERE tenant_id = $1",
      tenant,
    )
    way.turn('open')
    expect(await verdictOf(ada)).toMatchObject({ is: 'accepted' })
    const merged = { notes: 'Ada', reactions: 111, status: 'withdrawn' }
    await expect.poll(() => cardsOf(tenant)).toMatchObject([merged])
    expect(await recordOf(tenant, 'c1')).toMatchObject({ ...merged, dueOn: '2026-03-01' })
  })

  it('PF-8 waits while Postgres is away, and is stored when it is back, without anybody asking', async () => {
    const { tenant, ada, ben } = await withCard('away')
    const way = wayToPostgres()
    way.turn('away')
    propose(ada, first(ada, [prize('p1', 'c1', 4_000)]))
    await ben.push(ben.edit(change('c1', { reactions: { add: 1 } })))
    await expect.poll(() => way.asked.length).toBeGreaterThan(2)
    expect(JSON.stringify(ada.frames)).not.toMatch(/"p1"/)
    way.turn('open')
    expect(await verdictOf(ada)).toMatchObject({ is: 'accepted', committed: true })
    await expect.poll(() => cardsOf(tenant)).toMatchObject([{ won: 4_000, reactions: 1 }])
  })
})

describe('the deadline of an edit that is Postgres first', () => {
  it('PF-9 refuses it if Postgres was never asked, and nothing of it ever happens', async () => {
    const { tenant, ada } = await withCard('late')
    const way = wayToPostgres()
    way.turn('away')
    // The object learns that Postgres is away before the edit comes.
    await nudge(tenant)
    await expect.poll(() => way.asked.length).toBeGreaterThan(1)
    const late = first(ada, [prize('p1', 'c1', 4_000)], 300)
    propose(ada, late)
    expect(await verdictOf(ada)).toMatchObject({
      is: 'rejected',
      n: 2,
      error: { code: 'deadline', retryable: false },
    })
    expect(way.asked).not.toContain('propose')
    way.turn('open')
    expect(await ada.push(late)).toMatchObject([{ is: 'rejected', error: { code: 'deadline' } }])
    expect(await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))).toMatchObject([
      { n: 3, seq: 2 },
    ])
    await ada.committed(2)
    expect(await cardsOf(tenant)).toMatchObject([{ won: 0, reactions: 1 }])
  })

  it('PF-9 leaves the answer to Postgres once it was asked: it had taken it', async () => {
    const { tenant, ada } = await withCard('taken')
    const way = wayToPostgres()
    way.turn('lost')
    propose(ada, first(ada, [prize('p1', 'c1', 4_000)], 60_000))
    await expect.poll(() => cardsOf(tenant)).toMatchObject([{ won: 4_000 }])
    await passDeadline(tenant)
    way.turn('open')
    expect(await verdictOf(ada)).toMatchObject({ is: 'accepted', n: 2, seq: 2 })
    await sees(ada, 'p1')
  })

  it('PF-9 leaves the answer to Postgres once it was asked: it never heard of it, and refuses it', async () => {
    const { tenant, ada } = await withCard('unheard')
    const way = wayToPostgres()
    way.turn('away')
    propose(ada, first(ada, [prize('p1', 'c1', 4_000)], 60_000))
    await passDeadline(tenant)
    expect(way.asked).toContain('propose')
    way.turn('open')
    expect(await verdictOf(ada)).toMatchObject({ is: 'rejected', error: { code: 'deadline' } })
    expect(
      await sql(
        "SELECT n::int, refused ->> 'sqlState' AS why FROM tidemark.history WHERE tenant_id = $1 AND seq < 0",
        tenant,
      ),
    ).toEqual([{ n: 2, why: 'TM020' }])
    expect(await cardsOf(tenant)).toMatchObject([{ won: 0 }])
  })
})

const STEPS = ['it is stored', 'its question is lost', 'the answer is lost', 'its verdict is sent'] as const

describe('whatever happens to the object', () => {
  it.each(STEPS)('PF-18 when it is evicted once %s, the edit takes effect once', async (step) => {
    const { tenant, ada } = await withCard('evicted')
    const way = wayToPostgres()
    const edit = first(ada, [prize('p1', 'c1', 4_000)])
    if (step === 'it is stored') {
      // Nothing is asked while Postgres is known to be away.
      way.turn('away')
      await nudge(tenant)
      await expect.poll(() => way.asked.length).toBeGreaterThan(1)
    } else if (step !== 'its verdict is sent') {
      way.turn(step === 'its question is lost' ? 'away' : 'lost')
    }
    propose(ada, edit)
    if (step === 'its verdict is sent') await verdictOf(ada)
    else await expect.poll(() => waitingIn(tenant)).toBe(1)
    if (step === 'the answer is lost')
      await expect.poll(() => cardsOf(tenant)).toMatchObject([{ won: 4_000 }])
    way.turn('away')
    await evictDurableObject(objectOf(tenant), { webSockets: 'close' })
    await ada.untilClosed()

    const back = await Peer.open({ sub: 'ada', tenant }, ada.client)
    const [, { known }] = await back.hello()
    // What waits is not known: the client has to send it again.
    expect(known).toBe(step === 'its verdict is sent' ? 2 : 1)
    way.turn('open')
    await back.subscribe('cards', 'prizes')
    propose(back, edit)
    expect(await verdictOf(back)).toEqual({ is: 'accepted', n: 2, seq: 2, committed: true })
    await expect.poll(() => cardsOf(tenant)).toMatchObject([{ won: 4_000, status: 'in_progress' }])
    expect(await recordOf(tenant, 'c1')).toMatchObject({ pointsWon: 4_000 })
    expect(
      await sql(
        'SELECT 1 FROM tidemark.history WHERE tenant_id = $1 AND actor = $2 AND n = 2',
        tenant,
        ada.client,
      ),
    ).toHaveLength(1)
  })

  it.each(['never asked', 'taken'] as const)(
    'PF-19 when its storage is lost while an edit that was %s waits, the edit sent again takes effect once',
    async (state) => {
      const { tenant, ada } = await withCard('lost')
      const way = wayToPostgres()
      way.turn(state === 'taken' ? 'lost' : 'away')
      const edit = first(ada, [prize('p1', 'c1', 4_000)])
      propose(ada, edit)
      await expect.poll(() => way.asked).toContain('propose')
      if (state === 'taken') await expect.poll(() => cardsOf(tenant)).toMatchObject([{ won: 4_000 }])
      await loseStorage(tenant)
      way.turn('open')

      const back = await Peer.open({ sub: 'ada', tenant }, ada.client)
      await back.hello()
      await back.subscribe('cards', 'prizes')
      propose(back, edit)
      const verdict = await verdictOf(back)
      if (state === 'taken') expect(verdict).toMatchObject({ error: { code: 'already-settled' } })
      else expect(verdict).toMatchObject({ is: 'accepted', seq: 1, committed: true })
      await expect.poll(() => cardsOf(tenant)).toMatchObject([{ won: 4_000 }])
      expect(await recordOf(tenant, 'c1')).toMatchObject({ pointsWon: 4_000 })
    },
  )

  it('PF-23 an external change that an earlier version kept counts as before', async () => {
    const { tenant, ada } = await withCard('earlier')
    await sql("UPDATE cards SET notes = 'theirs' WHERE tenant_id = $1", tenant)
    await nudge(tenant)
    await sees(ada, 'theirs')
    await expect.poll(() => appliedOf(tenant)).toBe(2)
    const before = await logOf(tenant)
    await strikeStorage(tenant, (storage) => {
      const older = ({ external, ...entry }: LogEntry) => ({ ...entry, outside: external?.[0] })
      const whole = JSON.stringify(before.map((entry) => (entry.external ? older(entry) : entry)))
      storage.sql.exec('DELETE FROM log')
      storage.sql.exec('INSERT INTO log (last_seq, entries) VALUES (?, ?)', before.length, whole)
      for (const table of ['proposal', 'view', 'watch', 'kept_client', 'set_aside', 'manuscript', 'revoked'])
        storage.sql.exec(`DROP TABLE IF EXISTS ${table}`)
      storage.sql.exec('CREATE TABLE conflict (seq INTEGER, ordinal INTEGER, conflict TEXT)')
      const keyed = "SELECT name FROM sqlite_master WHERE type = 'index' AND name GLOB 'keyed_*'"
      for (const { name } of storage.sql.exec(keyed).toArray()) storage.sql.exec(`DROP INDEX "${name}"`)
      storage.sql.exec('ALTER TABLE record DROP COLUMN keys')
      storage.sql.exec('ALTER TABLE log DROP COLUMN committed')
      storage.sql.exec("CREATE INDEX declared_cards_assigneeId ON record (row ->> '$.assigneeId')")
      storage.sql.exec('DELETE FROM schema_step WHERE step > 2')
    })
    expect(await logOf(tenant)).toEqual(before)
    const indexes = await runInDurableObject(objectOf(tenant), (_, { storage }) =>
      storage.sql
        .exec("SELECT name FROM sqlite_master WHERE type = 'index' AND name GLOB '*cards_assigneeId'")
        .toArray(),
    )
    expect(indexes).toEqual([{ name: 'keyed_cards_assigneeId' }])
  })
})
