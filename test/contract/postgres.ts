import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { rowText } from '../../src/core/external/untraced-changes.ts'
import type { LogEntry } from '../../src/core/log/log.ts'
import type { LedgerConflict, LedgerPosition } from '../../src/core/outbox/batch.ts'
import type { ComparedRange, KeyRange, PostgresPort } from '../../src/core/outbox/postgres-port.ts'
import type { Row } from '../../src/protocol/value.ts'
import { app } from '../fixtures/board/sync.ts'
import {
  batchOf,
  CLIENT,
  done,
  EPOCH,
  emptyBatch,
  entry,
  insertAssignee,
  insertCard,
  proposalOf,
  update,
} from '../postgres/support/edits.ts'
import { fits, type WritesGround, writesContract } from './postgres-writes.ts'

/** External changes that one answer tells at the most. */
export const PAGE = 3_000

/** One tenant in some Postgres, which nobody has claimed, and of which nothing is there yet. */
export type PostgresGround = {
  readonly tenant: string
  readonly port: PostgresPort
  /** Somebody else makes an assignee, sets some of its columns, or deletes it. */
  writeAssignee(id: string, set: Row | undefined): Promise<void>
  /** Somebody else makes so many assignees in one transaction. */
  insertAssignees(ids: readonly string[]): Promise<void>
  /** Somebody else writes a total that no number here can hold into a card. */
  poison(card: string): Promise<void>
  /** The database is copied into another cluster. */
  moveElsewhere(): Promise<void>
  /** Hashes of the manifests that were served. */
  served(): Promise<readonly string[]>
}

const OTHER = 'epoch-2'

const placeAt = (seq: number, epoch = EPOCH): LedgerPosition => ({ epoch, after: seq, head: seq })

/** Opens the tenant, and writes a first batch. */
async function begun(ground: PostgresGround, ...entries: LogEntry[]): Promise<string> {
  const { cursor } = await done(ground.port.open(EPOCH))
  if (entries.length === 0) return cursor
  return fits(await done(ground.port.apply(batchOf(entries), cursor))).external.cursor
}

/** Reads rows a page at a time. */
async function rowsOf(port: PostgresPort, collection: string, limit = 100): Promise<Row[]> {
  const rows: Row[] = []
  let [after, more]: [string, boolean] = ['', true]
  while (more) {
    const page = await done(port.page(collection, { after, limit }))
    rows.push(...page.rows)
    after = page.last ?? after
    more = page.more
  }
  return rows
}

function compared(answer: ComparedRange | LedgerConflict): ComparedRange {
  if ('is' in answer) throw new Error(`the log does not fit: ${answer.is}`)
  return answer
}

const assignees = (more: Partial<KeyRange> = {}): KeyRange => ({
  collection: 'assignees',
  after: '',
  upTo: undefined,
  limit: 100,
  whole: true,
  ...more,
})

/** What Postgres promises to a tenant's object, whether it is the real one or a model of it. */
export function postgresContract(name: string, ground: () => Promise<PostgresGround>): void {
  const writes = async (): Promise<WritesGround> => {
    const made = await ground()
    const cursor = await begun(made)
    const rows = (collection: string) => rowsOf(made.port, collection)
    return { port: made.port, cursor, rows, writeAssignee: made.writeAssignee }
  }
  writesContract(name, writes)

  describe(`Postgres, a tenant in it: ${name}`, () => {
    it('CTR-40 a claim tells how far the log is, and what was settled of each client, and how', async () => {
      const made = await ground()
      const { port } = made
      expect(await done(port.open(EPOCH))).toMatchObject({ applied: 0, marks: [] })
      const cursor = await begun(made, entry(1, [insertAssignee('a1')]))
      const refused = batchOf([entry(2, [insertCard('c1', { assigneeId: 'nobody' })])])
      const stopped = fits(await done(port.apply(refused, cursor)))
      await done(
        port.propose(
          emptyBatch(2),
          proposalOf(1, [insertAssignee('a2')], 'client-ben'),
          stopped.external.cursor,
        ),
      )
      const ledger = await done(port.open(EPOCH))
      expect(ledger.applied).toBe(2)
      const marks = ledger.marks.toSorted((one, other) => (one.client < other.client ? -1 : 1))
      expect(marks).toMatchObject([
        { client: CLIENT, subject: 'ada', n: 2, refusals: [{ n: 2, sqlState: '23503' }] },
        { client: 'client-ben', n: 1, refusals: [] },
      ])
    })

    it('CTR-57 revocations are kept across epochs, the later of two for one thing, and told by a claim', async () => {
      const { port } = await ground()
      await begun({ ...(await ground()), port })
      const until = 4_000_000_000
      const ada = { kind: 'sub', name: 'ada', before: 100, until } as const
      const token = { kind: 'jti', name: "o'clock\n", before: 300, until } as const
      await done(port.revoke([ada, token]))
      await done(port.revoke([{ ...ada, before: 200 }]))
      await done(port.revoke([{ ...ada, before: 50 }]))
      const { revoked } = await done(port.open(OTHER))
      const byName = revoked.toSorted((one, other) => (one.name < other.name ? -1 : 1))
      expect(byName).toEqual([{ ...ada, before: 200 }, token])
      await done(port.erase())
      expect(await done(port.open(EPOCH))).toMatchObject({ revoked: [] })
    })

    it('CTR-41 another claim fences the log before it: nothing of that is written, and it is told by whom', async () => {
      const made = await ground()
      const { port } = made
      const cursor = await begun(made, entry(1, [insertAssignee('a1')]))
      const ledger = await done(port.open(OTHER))
      expect(ledger).toMatchObject({ applied: 0, marks: [{ client: CLIENT, n: 1 }] })
      const fenced = { is: 'fenced', epoch: OTHER }
      const batch = batchOf([entry(2, [insertAssignee('a2')])])
      expect(await done(port.apply(batch, cursor))).toEqual(fenced)
      expect(await done(port.propose(emptyBatch(1), proposalOf(2, [insertAssignee('a2')]), cursor))).toEqual(
        fenced,
      )
      expect(await done(port.poll(placeAt(1), cursor))).toEqual(fenced)
      expect(await done(port.range(assignees(), placeAt(1), cursor))).toEqual(fenced)
      expect(await rowsOf(port, 'assignees')).toHaveLength(1)
      expect(await done(port.poll(placeAt(0, OTHER), ledger.cursor))).toMatchObject({ is: 'current' })
    })

    it('CTR-42 a log that is not the ledger’s is told so, and nothing of it is written', async () => {
      const made = await ground()
      const { port } = made
      const cursor = await begun(made, entry(1, [insertAssignee('a1')]))
      const strangers = [
        batchOf([entry(1, [insertAssignee('a2')], { n: 7 })]),
        batchOf([entry(3, [insertAssignee('a2')])]),
        batchOf([entry(2, [insertAssignee('a2')])], 'nobody’s'),
      ]
      for (const batch of strangers)
        expect(await done(port.apply(batch, cursor))).toMatchObject({
          is: 'diverged',
          message: expect.any(String),
        })
      expect(await done(port.poll(placeAt(0), cursor))).toMatchObject({ is: 'diverged' })
      expect(await rowsOf(port, 'assignees')).toHaveLength(1)
    })

    it('CTR-43 many changes are told a page at a time, each once, and a row that is waited for before its turn', async () => {
      const made = await ground()
      const { port } = made
      let cursor = await begun(made, entry(1, [insertAssignee('z')]))
      const ids = Array.from({ length: PAGE + 100 }, (_, i) => `many-${String(i).padStart(4, '0')}`)
      await made.insertAssignees(ids)
      await made.writeAssignee('z', { city: 'theirs' })
      const waiting = batchOf([entry(2, [update('assignees', 'z', { city: 'ours' })])])
      const behind = fits(await done(port.apply(waiting, cursor)))
      expect(behind).toMatchObject({ is: 'behind', external: { more: true } })
      const told = behind.external.changes.map((change) => ('id' in change ? change.id : ''))
      expect(told).toEqual([...ids.slice(0, PAGE), 'z'])
      cursor = behind.external.cursor
      const applied = fits(await done(port.apply(waiting, cursor)))
      expect(applied).toMatchObject({ is: 'applied', applied: 2 })
      expect(applied.external.changes.map((change) => ('id' in change ? change.id : ''))).toEqual(
        ids.slice(PAGE),
      )
      expect(await done(port.poll(placeAt(2), applied.external.cursor))).toMatchObject({
        external: { changes: [], more: false },
      })
    })

    it('CTR-44 a cursor of another cluster has expired, whatever is asked with it', async () => {
      const made = await ground()
      const { port } = made
      const cursor = await begun(made, entry(1, [insertAssignee('a1')]))
      await made.moveElsewhere()
      const batch = batchOf([entry(2, [insertAssignee('a2')])])
      const asked = [
        port.poll(placeAt(1), cursor),
        port.apply(batch, cursor),
        port.propose(emptyBatch(1), proposalOf(2, [insertAssignee('a2')]), cursor),
        port.range(assignees(), placeAt(1), cursor),
      ]
      for (const attempt of asked) expect(await attempt).toMatchObject({ ok: false, failure: 'expired' })
      const ledger = await done(port.open(EPOCH))
      expect(ledger.applied).toBe(1)
      expect(await done(port.poll(placeAt(1), ledger.cursor))).toMatchObject({ is: 'current' })
      expect(await rowsOf(port, 'assignees')).toHaveLength(1)
    })

    it('CTR-45 pages go through a collection by rising id, in byte order, and are counted', async () => {
      const made = await ground()
      const ids = ['B', 'a', 'a b', 'b', 'é', '🌊']
      await begun(
        made,
        entry(
          1,
          ids.toReversed().map((id) => insertAssignee(id)),
        ),
      )
      expect((await rowsOf(made.port, 'assignees', 2)).map(({ id }) => id)).toEqual(ids)
      expect(await done(made.port.count('assignees'))).toBe(ids.length)
      expect(await done(made.port.count('cards'))).toBe(0)
      expect(await done(made.port.page('assignees', { after: 'B', limit: 2 }))).toMatchObject({
        rows: [{ id: 'a' }, { id: 'a b' }],
        unfit: [],
        last: 'a b',
        more: true,
      })
      const narrow = await done(made.port.columns('assignees', ['city'], { after: 'b', limit: 9 }))
      expect(narrow).toMatchObject({
        rows: [
          { id: 'é', city: '' },
          { id: '🌊', city: '' },
        ],
        more: false,
      })
      expect(narrow.rows.map((row) => Object.keys(row).toSorted())).toEqual([
        ['city', 'id'],
        ['city', 'id'],
      ])
    })

    it('CTR-46 a range has its rows or their digest, and the ledger and what others did at that moment', async () => {
      const made = await ground()
      const { port } = made
      const ids = ['a', 'b', 'c', 'd', 'e']
      const cursor = await begun(
        made,
        entry(
          1,
          ids.map((id) => insertAssignee(id)),
        ),
      )
      await made.writeAssignee('c', { city: 'theirs' })
      const read = async (more: Partial<KeyRange>) =>
        compared(await done(port.range(assignees(more), placeAt(1), cursor)))
      const namesOf = async (more: Partial<KeyRange>) => {
        const range = await read(more)
        return [('rows' in range ? range.rows : []).map(({ id }) => id), range.upTo]
      }
      expect(await namesOf({ after: 'a', upTo: 'd' })).toEqual([['b', 'c', 'd'], 'd'])
      expect(await namesOf({ limit: 2 })).toEqual([['a', 'b'], 'b'])
      expect(await namesOf({ ids: ['e', 'b', 'none'] })).toEqual([['b', 'e'], undefined])
      const whole = await read({})
      expect(whole).toMatchObject({
        applied: 1,
        external: { changes: [{ id: 'c', after: { city: 'theirs' } }] },
      })
      const collection = app.manifest.collections.find((one) => one.name === 'assignees')
      const texts = ('rows' in whole ? whole.rows : []).map((row) =>
        collection ? rowText(collection, row) : '',
      )
      const digest = createHash('sha256').update(texts.join('\n')).digest('hex')
      expect(await read({ whole: false })).toMatchObject({ applied: 1, digest })
    })

    it('CTR-47 what no record can hold is told apart, with the reason, wherever it is read', async () => {
      const made = await ground()
      const { port } = made
      const cursor = await begun(made, entry(1, [insertAssignee('a1'), insertCard('c1'), insertCard('c2')]))
      await made.poison('c1')
      const reason = '"targetPoints" must be a whole number below 2^53.'
      const looked = await done(port.poll(placeAt(1), cursor))
      expect(looked).toMatchObject({
        external: {
          changes: [{ kind: 'aside', collection: 'cards', id: 'c1', reason, column: 'targetPoints' }],
        },
      })
      const unfit = [{ id: 'c1', reason, column: 'targetPoints' }]
      const rows = [{ id: 'c2' }]
      expect(await done(port.page('cards', { after: '', limit: 9 }))).toMatchObject({
        rows,
        unfit,
        more: false,
      })
      const range = await done(port.range(assignees({ collection: 'cards' }), placeAt(1), cursor))
      expect(range).toMatchObject({ rows, unfit })
    })

    it('CTR-48 erased, nothing is known of a tenant, and whoever claims it begins anew', async () => {
      const made = await ground()
      const { port, tenant } = made
      expect(await done(port.knows(tenant))).toBe(false)
      await made.writeAssignee('by-sql', { name: 'Theirs' })
      expect(await done(port.knows(tenant))).toBe(true)
      await begun(made, entry(1, [insertAssignee('a1')]))
      while ((await done(port.erase())).more);
      expect(await done(port.knows(tenant))).toBe(false)
      expect(await done(port.count('assignees'))).toBe(0)
      expect(await done(port.open(EPOCH))).toMatchObject({ applied: 0, marks: [] })
    })

    it('CTR-49 the manifest that is served is kept, however often it is told', async () => {
      const { port, served } = await ground()
      for (let times = 0; times < 2; times++) await done(port.serve(app.manifest))
      expect(await served()).toEqual([app.manifest.hash])
    })
  })
}
