import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type Fault,
  type FaultEndpoint,
  isProposal,
  startFaultEndpoint,
} from '../../dev/harness/fault-endpoint.ts'
import { expectCommitted, expectNothingTwice } from '../support/outcomes.ts'
import { open, type Person } from '../support/person.ts'
import { type Stack, startStack } from '../support/stack.ts'

const FIRST = { durability: 'committed' } as const

let faults: FaultEndpoint
let stack: Stack
let ada: Person
let ben: Person
let pointsWon = 0
let prizes = 0

beforeAll(async () => {
  faults = await startFaultEndpoint()
  stack = await startStack({ faults })
  ada = await open(stack, 'ada')
  ben = await open(stack, 'ben')
  const { committed } = ada.db.transaction((tx) => {
    tx.assignees.insert({ id: 'a1', name: 'Mill & Sons' })
    tx.cards.insert({
      id: 'c1',
      number: 'N-1',
      assigneeId: 'a1',
      status: 'open',
      targetPoints: 1_000_000,
    })
  }, FIRST)
  expect(await committed).toMatchObject({ ok: true })
  await ben.sees('c1', () => true)
})

afterAll(async () => {
  ada.close()
  ben.close()
  await stack.stop()
  await faults[Symbol.asyncDispose]()
})

const kinds: Fault[] = [
  'refuse',
  'drop-request',
  'drop-answer',
  'fail-answer',
  'cut-answer',
  'html-answer',
  'delay',
  'twice',
]

/** Questions that each kind befalls, one after the other. */
const BEFALLEN = 3

it.for(kinds)('PF-22 %s of the question about an edit loses nothing and doubles nothing', async (fault) => {
  let left = BEFALLEN
  faults.decide((asked) => {
    if (!isProposal(asked) || left === 0) return 'pass'
    left -= 1
    return fault
  })
  while (left > 0) {
    const award = ({ db }: Person) =>
      db.prizes.insert({ cardId: 'c1', awardedPoints: 100, kind: 'medal', wonOn: '2026-01-31' }, FIRST)
    const edits = [
      award(ada),
      award(ben),
      ben.db.cards.update('c1', (card) => {
        card.reactions += 1
      }),
    ]
    prizes += 2
    pointsWon += 200
    await expectCommitted(edits)
  }
  expect(faults.counts[fault]).toBe(BEFALLEN)
  expect(await stack.sql('SELECT count(*)::int AS n FROM prizes')).toEqual([{ n: prizes }])
  expect(await stack.sql("SELECT points_won::int AS won FROM cards WHERE id = 'c1'")).toEqual([
    { won: pointsWon },
  ])
  for (const person of [ada, ben]) await person.sees('c1', (card) => card.pointsWon === pointsWon)
  await expectNothingTwice(stack)
})
