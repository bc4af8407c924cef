import { expect, it } from 'vitest'
import { open, type Person } from '../../dev/harness/person.ts'
import type { Stack } from '../../dev/harness/stack.ts'
import { until } from '../../dev/harness/until.ts'
import { expectAccepted, expectCommitted, expectNothingTwice } from '../support/outcomes.ts'
import { RawSocket } from '../support/raw-socket.ts'
import { bookInvoice, useTwoPeople } from '../support/two-people.ts'

let stack: Stack
let ada: Person
let ben: Person

useTwoPeople('each', (two) => {
  ;({ stack, ada, ben } = two)
  return bookInvoice(two)
})

/** Counts reminders: how often an edit took effect shows in the sum. */
function remind({ db }: Person, by: number) {
  return db.invoices.update('i1', (invoice) => {
    invoice.reminders += by
  })
}

/** Somebody whose client never hears a receipt: it sends its edit again whenever it connects. */
async function deaf(by: number): Promise<void> {
  const socket = await RawSocket.join(stack.url, await stack.token('cleo'), 'deaf-client')
  const fields = { reminders: { add: by } }
  const ops = [{ op: 'update' as const, collection: 'invoices', id: 'i1', fields }]
  // The very same bytes each time, whatever log the socket was welcomed to.
  socket.send(['push', 0, [{ n: 1, context: { epoch: 'long-gone', seq: 0 }, ops }]])
  await socket.next('receipt')
  socket.close()
}

async function live(...people: readonly Person[]): Promise<void> {
  for (const { db } of people)
    await until('the client is live', () => db.connection.getSnapshot().state === 'live')
}

/** Waits for the sum in Postgres, and that everybody shows what is there. */
async function expectReminders(sum: number): Promise<void> {
  await until(`${sum} reminders in Postgres`, async () => {
    const [invoice] = await stack.sql("SELECT reminders FROM invoices WHERE id = 'i1'")
    return invoice?.['reminders'] === sum
  })
  for (const person of [ada, ben]) await person.sees('i1', ({ reminders }) => reminders === sum)
  expect(ben.shown()).toEqual(ada.shown())
  await expectNothingTwice(stack)
}

it('EPO-10 when the storage of an object is lost, every edit that a client still holds has one effect', async () => {
  await expectCommitted([remind(ada, 1)])
  await deaf(10)
  const putBack = await stack.keepObjects()
  await live(ada, ben)
  await stack.stopPostgres()
  const accepted = [
    remind(ada, 100),
    ben.db.invoices.insert({ id: 'i2', number: 'N-2', contactId: 'c1', totalCents: 1 }),
  ]
  await expectAccepted(accepted)
  await putBack({ wiped: true })
  const late = remind(ben, 1_000)
  await stack.startPostgres()
  await expectCommitted([...accepted, late])
  await deaf(10)
  await expectReminders(1_111)
})

it('EPO-11 when the storage of an object was put back, every edit has one effect, those in Postgres included', async () => {
  const putBack = await stack.keepObjects()
  await live(ada, ben)
  await expectCommitted([remind(ada, 1), remind(ben, 2)])
  await deaf(10)
  await until('it is in Postgres', async () => {
    const [invoice] = await stack.sql("SELECT reminders FROM invoices WHERE id = 'i1'")
    return invoice?.['reminders'] === 13
  })
  await stack.stopPostgres()
  const accepted = [remind(ada, 100), remind(ada, 200)]
  await expectAccepted(accepted)
  await putBack()
  // Nothing is known of Postgres yet, and the deaf one sends an edit that the object has forgotten.
  await deaf(10)
  const late = remind(ben, 1_000)
  await stack.startPostgres()
  await expectCommitted([...accepted, late])
  await deaf(10)
  await expectReminders(1_313)
})

it('EPO-12 when Postgres was put back, what it has lost is brought there again, also for clients that have left', async () => {
  const restore = await stack.keepPostgres()
  await live(ada, ben)
  await expectCommitted([remind(ada, 1)])
  await deaf(10)
  await expectCommitted([ben.db.invoices.insert({ id: 'i2', number: 'N-2', contactId: 'c1', totalCents: 5 })])
  await stack.stopPostgres()
  const accepted = [remind(ada, 100)]
  const farewell = remind(ben, 200)
  await expectAccepted([...accepted, farewell])
  ben.close()
  await restore()
  await expectCommitted([...accepted, remind(ada, 1_000)])
  await deaf(10)
  ben = await open(stack, 'ben')
  await expectReminders(1_311)
  expect(await stack.sql("SELECT total_cents FROM invoices WHERE id = 'i2'")).toEqual([{ total_cents: '5' }])
})
