import { describe, expect, it } from 'vitest'
import type { Question } from '../../src/core/edits/proposal.ts'
import type { ExternalChanges } from '../../src/core/external/events.ts'
import type { Change, LogEntry } from '../../src/core/log/log.ts'
import type { Applied, Batch } from '../../src/core/outbox/batch.ts'
import type { PostgresPort } from '../../src/core/outbox/postgres-port.ts'
import type { Row } from '../../src/protocol/value.ts'
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

/** The part of the port that writes, and tells what others wrote. */
export type WritesPort = Pick<PostgresPort, 'apply' | 'propose' | 'poll'>

/** One tenant in some Postgres, claimed for `EPOCH`, of which nothing is there yet. */
export type WritesGround = {
  readonly port: WritesPort
  /** The cursor of who has just claimed it. */
  readonly cursor: string
  /** By rising id. */
  rows(collection: string): Promise<readonly Row[]>
  /** Somebody else makes an assignee, sets some of its columns, or deletes it. */
  writeAssignee(id: string, set: Row | undefined): Promise<void>
}

/** Names an assignee that is nowhere: Postgres refuses it. */
const impossible = (id: string): Change => insertCard(id, { assigneeId: 'nobody' })

const FOREIGN_KEY = '23503'

type Answer = Extract<Applied, { external: ExternalChanges }>

/** An answer of a log that fits. */
export function fits(answer: Applied): Answer {
  if (!('external' in answer)) throw new Error(`the log does not fit: ${answer.is}`)
  return answer
}

/** The object's hand: it keeps the cursor, as an object does. */
class Hand {
  readonly ground: WritesGround
  cursor: string

  constructor(ground: WritesGround) {
    this.ground = ground
    this.cursor = ground.cursor
  }

  async apply(...entries: LogEntry[]): Promise<Answer> {
    return this.send(batchOf(entries))
  }

  async send(batch: Batch): Promise<Answer> {
    const answer = fits(await done(this.ground.port.apply(batch, this.cursor)))
    this.cursor = answer.external.cursor
    return answer
  }

  async propose(batch: Batch, question: Question): Promise<Answer> {
    const answer = fits(await done(this.ground.port.propose(batch, question, this.cursor)))
    this.cursor = answer.external.cursor
    return answer
  }

  async poll(after: number): Promise<ExternalChanges> {
    const polled = await done(this.ground.port.poll({ epoch: EPOCH, after, head: after }, this.cursor))
    if (polled.is !== 'current') throw new Error(`the log does not fit: ${polled.is}`)
    this.cursor = polled.external.cursor
    return polled.external
  }

  async cities(): Promise<Record<string, unknown>> {
    const rows = await this.ground.rows('assignees')
    return Object.fromEntries(rows.map(({ id, city }) => [String(id), city]))
  }
}

const city = (id: string, to: string) => update('assignees', id, { city: to })

/** What Postgres promises to whoever writes, whether it is the real one or a model of it. */
export function writesContract(name: string, ground: () => Promise<WritesGround>): void {
  const begin = async () => new Hand(await ground())

  describe(`Postgres, written to: ${name}`, () => {
    it('CTR-30 a batch is written in its order, and the ledger stands at its end', async () => {
      const hand = await begin()
      const first = await hand.apply(
        entry(1, [insertAssignee('a1')]),
        entry(2, [city('a1', 'Bath'), insertAssignee('a2')]),
        entry(3, [city('a1', 'York')]),
      )
      expect(first).toMatchObject({ is: 'applied', applied: 3, refusals: [], external: { changes: [] } })
      expect(await hand.cities()).toEqual({ a1: 'York', a2: '' })
      const then = await hand.apply(
        entry(4, [{ kind: 'delete', collection: 'assignees', id: 'a2', before: {} }]),
        entry(5, [insertCard('c1', { reactions: 1 })]),
        entry(6, [update('cards', 'c1', { reactions: 4 }, { reactions: 3 })]),
      )
      expect(then).toMatchObject({ is: 'applied', applied: 6, refusals: [] })
      expect(await hand.cities()).toEqual({ a1: 'York' })
      expect(await hand.ground.rows('cards')).toMatchObject([{ id: 'c1', reactions: 4, assigneeId: 'a1' }])
    })

    it('CTR-31 a batch that comes again is answered as before and does nothing, also after a refusal', async () => {
      const hand = await begin()
      await hand.apply(entry(1, [insertAssignee('a1'), insertCard('c1')]))
      const adding = batchOf([
        entry(2, [update('cards', 'c1', { reactions: 5 }, { reactions: 5 })]),
        entry(3, [impossible('c2')]),
        entry(4, [city('a1', 'Bath')]),
      ])
      const answers = [await hand.send(adding), await hand.send(adding), await hand.send(adding)]
      for (const { applied, refusals } of answers)
        expect([applied, refusals.map(({ seq }) => seq)]).toEqual([3, [3]])
      expect(await hand.ground.rows('cards')).toMatchObject([{ id: 'c1', reactions: 5 }])
    })

    it('CTR-32 an edit that is refused ends its batch: what is before it is written, and nothing from it on', async () => {
      const hand = await begin()
      const answer = await hand.apply(
        entry(1, [insertAssignee('a1')]),
        entry(2, [city('a1', 'Bath'), impossible('c1')]),
        entry(3, [city('a1', 'York')]),
      )
      expect(answer).toMatchObject({ is: 'applied', applied: 2 })
      expect(answer.refusals).toEqual([
        expect.objectContaining({ seq: 2, sqlState: FOREIGN_KEY, message: expect.any(String) }),
      ])
      expect(await hand.cities()).toEqual({ a1: '' })
      expect(await hand.apply(entry(3, [city('a1', 'York')]))).toMatchObject({ applied: 3, refusals: [] })
      expect(await hand.cities()).toEqual({ a1: 'York' })
      expect(await hand.ground.rows('cards')).toEqual([])
    })

    it('CTR-33 a batch with a row that others changed unseen is behind: nothing of it is done, and they are told', async () => {
      const hand = await begin()
      await hand.apply(entry(1, [insertAssignee('a1'), insertAssignee('a2')]))
      await hand.ground.writeAssignee('a1', { city: 'theirs' })
      const batch = batchOf([entry(2, [city('a2', 'ours')]), entry(3, [city('a1', 'ours')])])
      const behind = await hand.send(batch)
      expect(behind).toMatchObject({ is: 'behind', applied: 1, refusals: [] })
      expect(behind.external.changes).toMatchObject([
        {
          kind: 'update',
          collection: 'assignees',
          id: 'a1',
          before: { city: '' },
          after: { city: 'theirs' },
        },
      ])
      expect(await hand.cities()).toEqual({ a1: 'theirs', a2: '' })
      expect(await hand.send(batch)).toMatchObject({ is: 'applied', applied: 3, external: { changes: [] } })
      expect(await hand.cities()).toEqual({ a1: 'ours', a2: 'ours' })
    })

    it('CTR-33 and one with other rows passes, and brings what was changed', async () => {
      const hand = await begin()
      await hand.apply(entry(1, [insertAssignee('a1'), insertAssignee('a2')]))
      await hand.ground.writeAssignee('a1', { city: 'theirs' })
      const answer = await hand.apply(entry(2, [city('a2', 'ours')]))
      expect(answer).toMatchObject({ is: 'applied', applied: 2 })
      expect(answer.external.changes).toMatchObject([{ id: 'a1', after: { city: 'theirs' } }])
    })

    it('CTR-34 what others do is told in its order, once to each cursor, and own edits are not', async () => {
      const hand = await begin()
      await hand.apply(entry(1, [insertAssignee('a1')]))
      const before = hand.cursor
      await hand.ground.writeAssignee('a2', { name: 'Theirs', city: 'Bath' })
      await hand.ground.writeAssignee('a1', { city: 'York' })
      await hand.ground.writeAssignee('a2', undefined)
      const told = [
        { kind: 'insert', id: 'a2', before: {}, after: { id: 'a2', name: 'Theirs', city: 'Bath' }, seen: 1 },
        { kind: 'update', id: 'a1', before: { city: '' }, after: { city: 'York' }, epoch: EPOCH },
        { kind: 'delete', id: 'a2', before: { id: 'a2', city: 'Bath' }, after: {} },
      ]
      expect(await hand.poll(1)).toMatchObject({ changes: told, more: false })
      expect(await hand.poll(1)).toMatchObject({ changes: [], more: false })
      hand.cursor = before
      expect(await hand.poll(1)).toMatchObject({ changes: told })
    })

    it('CTR-35 a proposal that Postgres takes is written, told among what others did, and taken however often it is asked about', async () => {
      const hand = await begin()
      await hand.apply(entry(1, [insertAssignee('a1')]))
      const question = proposalOf(2, [city('a1', 'proposed')])
      const answer = await hand.propose(emptyBatch(1), question)
      expect(answer).toMatchObject({ is: 'applied', applied: 1, refusals: [], verdict: { is: 'taken' } })
      expect(answer.external.changes).toMatchObject([
        {
          kind: 'proposal',
          client: CLIENT,
          n: 2,
          by: 'ada',
          changes: [{ id: 'a1', after: { city: 'proposed' } }],
        },
      ])
      expect(await hand.cities()).toEqual({ a1: 'proposed' })
      const otherwise = proposalOf(2, [impossible('c1')])
      for (const again of [question, otherwise]) {
        const { verdict, external } = await hand.propose(emptyBatch(1), again)
        expect([verdict, external.changes]).toEqual([{ is: 'taken' }, []])
      }
      expect(await hand.ground.rows('cards')).toEqual([])
    })

    it('CTR-36 one that Postgres refuses, or that is withdrawn, does nothing and stays refused', async () => {
      const hand = await begin()
      await hand.apply(entry(1, [insertAssignee('a1')]))
      const refused = await hand.propose(emptyBatch(1), proposalOf(2, [city('a1', 'x'), impossible('c1')]))
      expect(refused.verdict).toMatchObject({ is: 'refused', refusal: { sqlState: FOREIGN_KEY } })
      const { client, n, subject, at } = proposalOf(3, [])
      const withdrawn = { sqlState: 'TM020' as const, message: 'too late' }
      const taken = await hand.propose(emptyBatch(1), { client, n, subject, at, withdrawn })
      expect(taken.verdict).toMatchObject({ is: 'refused', refusal: withdrawn })
      const again = await hand.propose(emptyBatch(1), proposalOf(3, [city('a1', 'x')]))
      expect(again.verdict).toMatchObject({ is: 'refused', refusal: withdrawn })
      const earlier = await hand.propose(emptyBatch(1), proposalOf(2, [city('a1', 'x')]))
      expect(earlier.verdict).toMatchObject({ is: 'refused', refusal: { sqlState: FOREIGN_KEY } })
      expect([await hand.cities(), earlier.external.changes]).toEqual([{ a1: '' }, []])
    })

    it('CTR-37 one that is asked with a batch is looked at only if the batch passes whole', async () => {
      const hand = await begin()
      const question = proposalOf(9, [insertAssignee('a2')])
      const batch = batchOf([entry(1, [insertAssignee('a1')]), entry(2, [impossible('c1')])])
      const stopped = await hand.propose(batch, question)
      expect([stopped.applied, stopped.refusals.map(({ seq }) => seq), stopped.verdict]).toEqual([
        2,
        [2],
        undefined,
      ])
      expect(await hand.cities()).toEqual({ a1: '' })
      const passed = await hand.propose(batchOf([entry(3, [city('a1', 'Bath')])]), question)
      expect(passed).toMatchObject({ applied: 3, verdict: { is: 'taken' } })
      expect(await hand.cities()).toEqual({ a1: 'Bath', a2: '' })
    })

    it('CTR-37 nor while a row of it was changed unseen', async () => {
      const hand = await begin()
      await hand.apply(entry(1, [insertAssignee('a1')]))
      await hand.ground.writeAssignee('a1', { city: 'theirs' })
      const question = proposalOf(2, [city('a1', 'proposed')])
      const unseen = await hand.propose(emptyBatch(1), question)
      expect(unseen.verdict).toBeUndefined()
      expect(unseen.external.changes).toMatchObject([{ id: 'a1', after: { city: 'theirs' } }])
      expect(await hand.cities()).toEqual({ a1: 'theirs' })
      expect((await hand.propose(emptyBatch(1), question)).verdict).toEqual({ is: 'taken' })
    })
  })
}
