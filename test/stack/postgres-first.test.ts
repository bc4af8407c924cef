import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type Fault,
  type FaultEndpoint,
  isProposal,
  startFaultEndpoint,
} from '../../dev/harness/fault-endpoint.ts'
import { open, type Person } from '../../dev/harness/person.ts'
import { type Stack, startStack } from '../../dev/harness/stack.ts'
import { expectCommitted, expectNothingTwice } from '../support/outcomes.ts'

const FIRST = { durability: 'committed' } as const

let faults: FaultEndpoint
let stack: Stack
let ada: Person
let ben: Person
let paidCents = 0
let payments = 0

beforeAll(async () => {
  faults = await startFaultEndpoint()
  stack = await startStack({ faults })
  ada = await open(stack, 'ada')
  ben = await open(stack, 'ben')
  const { committed } = ada.db.transaction((tx) => {
    tx.contacts.insert({ id: 'c1', name: 'Mill & Sons' })
    tx.invoices.insert({
      id: 'i1',
      number: 'N-1',
      contactId: 'c1',
      status: 'sent',
      totalCents: 1_000_000,
    })
  }, FIRST)
  expect(await committed).toMatchObject({ ok: true })
  await ben.sees('i1', () => true)
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
    const pay = ({ db }: Person) =>
      db.payments.insert({ invoiceId: 'i1', amountCents: 100, method: 'card', paidOn: '2026-01-31' }, FIRST)
    const edits = [
      pay(ada),
      pay(ben),
      ben.db.invoices.update('i1', (invoice) => {
        invoice.reminders += 1
      }),
    ]
    payments += 2
    paidCents += 200
    await expectCommitted(edits)
  }
  expect(faults.counts[fault]).toBe(BEFALLEN)
  expect(await stack.sql('SELECT count(*)::int AS n FROM payments')).toEqual([{ n: payments }])
  expect(await stack.sql("SELECT paid_cents::int AS paid FROM invoices WHERE id = 'i1'")).toEqual([
    { paid: paidCents },
  ])
  for (const person of [ada, ben]) await person.sees('i1', (invoice) => invoice.paidCents === paidCents)
  await expectNothingTwice(stack)
})
