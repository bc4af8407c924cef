import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type Fault,
  type FaultEndpoint,
  isBatch,
  startFaultEndpoint,
} from '../../dev/harness/fault-endpoint.ts'
import { expectCommitted, expectNothingTwice } from '../support/outcomes.ts'
import { open, type Person } from '../support/person.ts'
import { type Stack, startStack } from '../support/stack.ts'

let faults: FaultEndpoint
let stack: Stack
let ada: Person
let ben: Person
let reactions = 0

beforeAll(async () => {
  faults = await startFaultEndpoint()
  stack = await startStack({ faults })
  ada = await open(stack, 'ada')
  ben = await open(stack, 'ben')
  const { committed } = ada.db.transaction((tx) => {
    tx.assignees.insert({ id: 'a1', name: 'Mill & Sons' })
    tx.cards.insert({ id: 'c1', number: 'N-1', assigneeId: 'a1', targetPoints: 10_000 })
  })
  expect(await committed).toMatchObject({ ok: true })
  await ben.sees('c1', () => true)
})

afterAll(async () => {
  ada.close()
  ben.close()
  await stack.stop()
  await faults[Symbol.asyncDispose]()
})

const kinds: [string, Fault][] = [
  ['a refusal to serve', 'refuse'],
  ['a payload that is called too large', 'too-large'],
  ['a connection cut before the request arrives', 'drop-request'],
  ['a connection cut after COMMIT', 'drop-answer'],
  ['a server error after COMMIT', 'fail-answer'],
  ['JSON that is cut', 'cut-answer'],
  ['an HTML page', 'html-answer'],
  ['an answer that trickles', 'trickle-answer'],
  ['a request that is late', 'delay'],
  ['a request that arrives twice', 'twice'],
]

/** Batches that each kind befalls, one after the other. */
const BEFALLEN = 2

it.for(kinds)('E2E-26 %s leaves every edit with one effect, and none blocked', async ([, fault]) => {
  let left = BEFALLEN
  faults.decide((asked) => {
    if (!isBatch(asked) || left === 0) return 'pass'
    left -= 1
    return fault
  })
  // Later edits do not wait for the fault to end, so several batches meet it.
  while (left > 0) {
    const edits = [ada, ben].map(({ db }) =>
      db.cards.update('c1', (card) => {
        card.reactions += 1
      }),
    )
    reactions += edits.length
    await expectCommitted(edits)
  }
  expect(faults.counts[fault]).toBe(BEFALLEN)
  expect(await stack.sql("SELECT reactions FROM cards WHERE id = 'c1'")).toEqual([{ reactions }])
  await expectNothingTwice(stack)
})
