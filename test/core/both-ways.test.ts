import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Batch, OutsideChange } from '../../src/core/batch.ts'
import { planBatch } from '../../src/core/outbox.ts'
import type { Op } from '../../src/protocol/edit.ts'
import { board } from '../support/board.ts'
import { MemoryPostgres } from '../support/memory-postgres.ts'
import { Author, addTo, insert, MemoryTenant, remove, set } from '../support/memory-tenant.ts'
import { holds } from '../support/property.ts'
import { CARD_IDS } from '../support/random-log.ts'

const COLLECTIONS = ['cards', 'keepers', 'awards']

type Id = (typeof CARD_IDS)[number]
type Place = readonly ['cards' | 'keepers', Id]

type Kind = 'insert' | 'title' | 'note' | 'vote' | 'state' | 'remove'

/**
 * How a call ends: `lost` never arrives, `lost answer` takes effect without anybody hearing of it, and
 * `refused` refuses the first change of a record's fields.
 */
type Ending = 'answered' | 'lost answer' | 'lost' | 'refused'

type Step =
  | { is: 'edit' | 'outside'; kind: Kind; place: Place; n: number }
  | { is: 'send'; size: number; ending: Ending }
  | { is: 'look' | 'read' }

const place: fc.Arbitrary<Place> = fc.tuple(fc.constantFrom('cards', 'keepers'), fc.constantFrom(...CARD_IDS))

const ending = fc.constantFrom<Ending>('answered', 'lost answer', 'lost', 'refused')

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        is: fc.constantFrom('edit' as const, 'outside' as const),
        kind: fc.constantFrom<Kind[]>('insert', 'insert', 'title', 'note', 'vote', 'state', 'remove'),
        place,
        n: fc.integer({ min: 1, max: 9 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ is: fc.constantFrom('look' as const, 'read' as const) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        is: fc.constant('send' as const),
        size: fc.integer({ min: 1, max: 6 }),
        ending,
      }),
    },
  ),
  { maxLength: 60 },
)

/** An edit of a client that changes fields; others need not stand or fall with it. */
function findUpdate({ edits }: Batch): number | undefined {
  return edits.find(({ outside, changes }) => !outside && changes.some(({ kind }) => kind === 'update'))?.seq
}

/** The object and Postgres, and the calls between them. */
class Both {
  readonly tenant = new MemoryTenant(board)
  readonly postgres = new MemoryPostgres('epoch1')
  readonly mia = new Author(this.tenant, 'client-a1')
  committed = 0
  #cursor = 0

  send(size: number, ending: Ending = 'answered'): void {
    const waiting = this.tenant.log.slice(this.committed)
    const entries = waiting.slice(0, size)
    if (entries.length === 0) return
    const corrections = waiting.filter(({ outside, reverts }) => outside ?? reverts)
    const batch = planBatch({ epoch: 'epoch1', after: this.committed, entries, corrections }, COLLECTIONS)
    if (ending === 'lost') return
    const isNew = batch.after === this.postgres.applied
    const refuse = isNew && ending === 'refused' ? findUpdate(batch) : undefined
    const answer = this.postgres.apply(batch, this.#cursor, refuse)
    if (ending === 'lost answer') return
    this.committed = answer.applied
    if (refuse !== undefined && answer.is === 'applied') this.tenant.revert(refuse)
    this.#take(answer.changes)
  }

  read(): void {
    this.#take(this.postgres.changes.slice(this.#cursor))
  }

  drain(): void {
    this.read()
    while (this.committed < this.tenant.head) this.send(100)
  }

  #take(changes: readonly OutsideChange[]): void {
    this.tenant.takeOutside(changes, this.committed)
    this.#cursor += changes.length
  }
}

const STATES = ['open', 'won', 'lost', 'archived']

function editOf(kind: Kind, [collection, id]: Place, n: number): Op {
  if (kind === 'insert') return insert(collection, id, { title: `t${n}`, owner: `mia ${n}`, votes: n })
  if (kind === 'vote') return addTo(collection, id, 'votes', n)
  if (kind === 'remove') return remove(collection, id)
  if (kind === 'state') return set(collection, id, { state: STATES[n % 4] ?? null })
  return set(collection, id, { [kind]: `client ${n}` })
}

function outside(postgres: MemoryPostgres, kind: Kind, [collection, id]: Place, n: number): void {
  const row = { id, title: `s${n}`, note: null, votes: n, owner: `sql ${n}`, state: 'open', points: n }
  if (kind === 'insert') postgres.insert(collection, row)
  else if (kind === 'remove') postgres.delete(collection, id)
  else if (kind === 'vote') postgres.update(collection, id, ({ votes }) => ({ votes: Number(votes) + n }))
  else if (kind === 'state') postgres.update(collection, id, () => ({ state: STATES[n % 4] ?? null }))
  else postgres.update(collection, id, () => ({ [kind]: `sql ${n}`, ...(n > 6 && { owner: `sql ${n}` }) }))
}

function run(list: readonly Step[]): Both {
  const both = new Both()
  for (const step of list) {
    if ('size' in step) both.send(step.size, step.ending)
    else if ('kind' in step && step.is === 'edit') both.mia.send(editOf(step.kind, step.place, step.n))
    else if ('kind' in step) outside(both.postgres, step.kind, step.place, step.n)
    else if (step.is === 'look') both.mia.look()
    else both.read()
  }
  both.drain()
  return both
}

it('OUT-8 whoever changes what, in whatever batches, with answers lost and edits refused: both end with the same rows', () => {
  holds(
    fc.property(steps, (list) => {
      const { tenant, postgres } = run(list)
      for (const collection of ['cards', 'keepers']) {
        for (const id of CARD_IDS)
          expect(postgres.table(collection).get(id)).toEqual(tenant.row(collection, id))
      }
    }),
    3_000,
  )
})

it('OUT-9 every outside change becomes exactly one entry of the log, in its order', () => {
  holds(
    fc.property(steps, (list) => {
      const { tenant, postgres } = run(list)
      const taken = tenant.log.flatMap(({ outside: change }) => change ?? [])
      expect(taken).toMatchObject(
        postgres.changes.map(({ kind, collection, id, after }) => ({ kind, collection, id, after })),
      )
    }),
  )
})

it('OUT-10 deltas of both sides count exactly once', () => {
  const lossy = fc.constantFrom<Ending>('answered', 'lost answer', 'lost')
  const votes = fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          is: fc.constantFrom('edit' as const, 'outside' as const),
          n: fc.integer({ min: -5, max: 9 }),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          is: fc.constant('send' as const),
          size: fc.integer({ min: 1, max: 5 }),
          ending: lossy,
        }),
      },
    ),
    { maxLength: 50 },
  )
  holds(
    fc.property(votes, (list) => {
      const both = new Both()
      both.mia.send(insert('cards', 'c1', { title: 'Tide', owner: 'mia' }))
      both.drain()
      for (const step of list) {
        if ('size' in step) both.send(step.size, step.ending)
        else if (step.is === 'edit') both.mia.send(addTo('cards', 'c1', 'votes', step.n))
        else outside(both.postgres, 'vote', ['cards', 'c1'], step.n)
      }
      both.drain()
      const sum = list.reduce((total, step) => total + ('size' in step ? 0 : step.n), 0)
      expect(both.tenant.row('cards', 'c1')).toMatchObject({ votes: sum })
      expect(both.postgres.table('cards').get('c1')).toMatchObject({ votes: sum })
    }),
  )
})
