import type { EditHandle, EditResult } from '../../../client/src/index.ts'
import type { Life, Step } from './plan.ts'
import type { Sight } from './sight.ts'

/** Lives that go on at the same time: enough to keep both clients busy. */
const LIVES_AT_ONCE = 128

/** What came of the edits. Every edit is made once; `failures` says why some were not accepted. */
export type Tally = { made: number; accepted: number; committed: number; readonly failures: string[] }

/** Plays all lives with two writing clients; resolves when every edit has its final outcome. */
export async function replay(
  lives: readonly Life[],
  writers: readonly [Sight, Sight],
  report: (line: string) => void,
): Promise<Tally> {
  const tally: Tally = { made: 0, accepted: 0, committed: 0, failures: [] }
  const commits: Promise<void>[] = []
  const contacts = new Set<string>()

  async function make(handle: EditHandle, what: string): Promise<void> {
    tally.made += 1
    commits.push(handle.committed.then((result) => count(result, 'committed', what)))
    count(await handle.accepted, 'accepted', what)
  }

  function count(result: EditResult, stage: 'accepted' | 'committed', what: string): void {
    if (result.ok) tally[stage] += 1
    else tally.failures.push(`${what} was not ${stage}: ${result.error.code}, ${result.error.message}`)
  }

  async function live(life: Life): Promise<void> {
    const { db } = writers[life.inserter]
    const isNewContact = !contacts.has(life.contactId)
    contacts.add(life.contactId)
    await make(insert(db, life, isNewContact), `inserting ${life.id}`)
    for (const stage of life.stages) {
      await Promise.all(stage.map((step) => take(writers[step.by], life, step, make)))
    }
  }

  const queue = lives.entries()
  const started = Date.now()
  const timer = setInterval(() => {
    const seconds = (Date.now() - started) / 1_000
    report(
      `${tally.made} edits made, ${tally.accepted} accepted, ${tally.committed} committed, ${Math.round(tally.accepted / seconds)}/s`,
    )
  }, 2_000)
  try {
    const workers = Array.from({ length: LIVES_AT_ONCE }, async () => {
      for (const [, life] of queue) await live(life)
    })
    await Promise.race([Promise.all(workers), ...writers.map(({ lost }) => lost)])
    await Promise.all(commits)
  } finally {
    clearInterval(timer)
  }
  return tally
}

function insert(db: Sight['db'], { id, contactId, invoice }: Life, isNewContact: boolean): EditHandle {
  return db.transaction((tx) => {
    if (isNewContact) tx.contacts.insert({ id: contactId, name: `Customer ${invoice.customer}` })
    tx.invoices.insert({ id, number: invoice.number, contactId, totalCents: invoice.totalCents })
  })
}

type Make = (handle: EditHandle, what: string) => Promise<void>

async function take(writer: Sight, { id }: Life, step: Step, make: Make): Promise<void> {
  const { db } = writer
  // A writer that does not hold the invoice as far as the step needs it could not have made the step.
  await writer.untilInvoice(id, ({ status }) => step.do !== 'void' || status === 'sent')
  const handle =
    step.do === 'pay'
      ? db.payments.insert({
          id: step.id,
          invoiceId: id,
          amountCents: step.cents,
          method: 'bank',
          paidOn: step.on,
        })
      : db.invoices.update(id, (invoice) => change(invoice, step))
  return make(handle, `${step.do} of ${id}`)
}

type InvoiceDraft = Parameters<Parameters<Sight['db']['invoices']['update']>[1]>[0]

function change(invoice: InvoiceDraft, step: Exclude<Step, { do: 'pay' }>): void {
  switch (step.do) {
    case 'send':
      invoice.status = 'sent'
      return
    case 'void':
      invoice.status = 'void'
      return
    case 'remind':
      invoice.reminders += 1
      return
    case 'note':
      invoice.notes = step.text
      return
    case 'due':
      invoice.dueOn = step.on
  }
}

/** How many of the edits a client shows: each leaves something behind that nothing else does. */
export function countDelivered(lives: readonly Life[], { db }: Sight): number {
  return lives.reduce((sum, life) => sum + deliveredOf(life, db), 0)
}

function deliveredOf({ id, stages }: Life, db: Sight['db']): number {
  const invoice = db.invoices.get(id)
  if (!invoice) return 0
  const steps = stages.flat()
  const isShown = (step: Step): boolean => {
    switch (step.do) {
      case 'send':
        return invoice.status !== 'draft'
      case 'void':
        return invoice.status === 'void'
      case 'note':
        return invoice.notes === step.text
      case 'pay':
        return db.payments.get(step.id) !== undefined
      case 'remind':
        return invoice.reminders === steps.filter((other) => other.do === 'remind').length
      case 'due':
        // Both dates were set without sight of each other: one stays, the other is a conflict record.
        return steps.some((other) => other.do === 'due' && other.on === invoice.dueOn)
    }
  }
  return 1 + steps.filter(isShown).length
}
