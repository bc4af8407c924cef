import { setTimeout as pause } from 'node:timers/promises'
import type { Transaction } from '../../../client/src/api/types.ts'
import type { EditHandle } from '../../../client/src/index.ts'
import type { Db } from '../../../dev/harness/person.ts'
import type { Random } from '../../../dev/harness/random.ts'
import type { App } from '../../../examples/invoices/sync.ts'
import { CUSTOMER, type Scene } from './rows.ts'
import type { Placed, Touch, Values } from './touch.ts'

/** What accepted payments added to an invoice. */
export type Deltas = { readonly id: string; readonly reminders: number; readonly paidCents: number }

/** What a client's edits came to. */
export type Edited = {
  readonly author: string
  readonly touches: Placed[]
  readonly deltas: Deltas[]
  /** By value that its author wrote over, be it in an edit that came to nothing: the n of the first such edit. */
  readonly seen: Map<string, number>
  /** Edits that were not accepted, and their authors know. */
  rejected: number
  /** Edits that Postgres refused afterwards. */
  reverted: number
}

/** What one edit does, as its author knows it. */
type Noted = { readonly touches: Omit<Touch, 'author'>[]; readonly deltas: Deltas[] }

type Editor = {
  readonly name: string
  readonly db: Db
  /** Longest pause between two edits, in ms. */
  readonly longestPause: number
  readonly random: Random
  readonly values: Values
  readonly scene: Scene
}

type Tx = Transaction<App>

/** Edits as a person would, without waiting for answers, until told to stop; then waits for all outcomes. */
export async function edit(editor: Editor, stopped: AbortSignal): Promise<Edited> {
  const edited: Edited = {
    author: editor.name,
    touches: [],
    deltas: [],
    seen: new Map(),
    rejected: 0,
    reverted: 0,
  }
  const outcomes: Promise<void>[] = []
  while (!stopped.aborted) {
    const noted: Noted = { touches: [], deltas: [] }
    const handle = editor.db.transaction((tx) => {
      for (let ops = editor.random.whole(1, 3); ops > 0; ops--) change(editor, tx, noted)
    })
    noteSeen(handle, noted, edited)
    outcomes.push(follow(handle, noted, edited))
    await pause(editor.random.whole(0, editor.longestPause))
  }
  await Promise.all(outcomes)
  return edited
}

function noteSeen({ n }: EditHandle, { touches }: Noted, { seen }: Edited): void {
  if (n === undefined) return
  for (const value of touches.flatMap(({ over }) => Object.values(over ?? {}))) {
    if (typeof value === 'string' && !seen.has(value)) seen.set(value, n)
  }
}

async function follow(handle: EditHandle, noted: Noted, edited: Edited): Promise<void> {
  const accepted = await handle.accepted
  if (!accepted.ok) {
    edited.rejected += 1
    return
  }
  const { author } = edited
  const { seq } = accepted
  const { n } = handle
  edited.touches.push(...noted.touches.map((touch) => ({ ...touch, author, n, seq })))
  edited.deltas.push(...noted.deltas)
  const committed = await handle.committed
  if (!committed.ok) edited.reverted += 1
}

function change(editor: Editor, tx: Tx, noted: Noted): void {
  const { random, scene } = editor
  const deeds = random.chance(scene.turnover)
    ? ([addOrRemoveContact, addOrRemoveInvoice] as const)
    : ([changeContact, changeContact, changeInvoice, changeInvoice, pay] as const)
  random.pick<typeof changeContact>(deeds)(editor, tx, noted)
}

function changeContact({ name, random, values, scene }: Editor, tx: Tx, { touches }: Noted): void {
  const id = random.pick([...scene.contacts, CUSTOMER])
  const seen = tx.contacts.get(id)
  if (!seen) return
  const over = { name: seen.name, city: seen.city }
  const wrote = { name: values.text(name), city: values.text(name) }
  const both = random.chance(0.3)
  tx.contacts.update(id, (contact) => {
    contact.name = wrote.name
    if (both) contact.city = wrote.city
  })
  touches.push(
    both
      ? { table: 'contacts', id, over, wrote }
      : { table: 'contacts', id, over: { name: over.name }, wrote: { name: wrote.name } },
  )
}

/** Moves that the application allows. */
const MOVES: Readonly<Record<string, 'sent' | 'paid' | 'void'>> = {
  draft: 'sent',
  sent: 'paid',
  part_paid: 'paid',
}

function changeInvoice({ name, random, values, scene }: Editor, tx: Tx, { touches, deltas }: Noted): void {
  const id = random.pick([...scene.passing, ...scene.lasting, ...scene.lasting])
  const seen = tx.invoices.get(id)
  if (!seen) return
  const [notes, day] = [values.text(name), values.day()]
  const reminders = random.whole(0, 2)
  const dated = random.chance(0.4)
  const move = random.chance(0.15) ? MOVES[seen.status] : undefined
  tx.invoices.update(id, (invoice) => {
    invoice.notes = notes
    invoice.reminders += reminders
    if (dated) invoice.dueOn = day
    if (move) invoice.status = move
  })
  deltas.push({ id, reminders, paidCents: 0 })
  touches.push({
    table: 'invoices',
    id,
    over: { notes: seen.notes, ...(dated && { due_on: seen.dueOn }) },
    wrote: { notes, ...(dated && { due_on: day }) },
  })
}

/** By an effect, a payment adds to its invoice and may move it. */
function pay({ random, scene }: Editor, tx: Tx, { deltas }: Noted): void {
  const id = random.pick(scene.lasting)
  const status = tx.invoices.get(id)?.status
  if (status !== 'sent' && status !== 'part_paid' && status !== 'paid') return
  const paidCents = random.whole(1, 500)
  tx.payments.insert({ invoiceId: id, amountCents: paidCents, method: 'bank', paidOn: '2026-11-30' })
  deltas.push({ id, reminders: 0, paidCents })
}

function addOrRemoveContact({ name, random, values, scene }: Editor, tx: Tx, { touches }: Noted): void {
  const id = random.pick(scene.contacts)
  const seen = tx.contacts.get(id)
  if (seen) {
    tx.contacts.delete(id)
    touches.push({ table: 'contacts', id, over: { name: seen.name, city: seen.city } })
    return
  }
  const wrote = { name: values.text(name), city: values.text(name) }
  tx.contacts.insert({ id, ...wrote })
  touches.push({ table: 'contacts', id, wrote })
}

function addOrRemoveInvoice({ name, random, values, scene }: Editor, tx: Tx, { touches }: Noted): void {
  const id = random.pick(scene.passing)
  const seen = tx.invoices.get(id)
  if (seen) {
    tx.invoices.delete(id)
    touches.push({ table: 'invoices', id, over: { notes: seen.notes, due_on: seen.dueOn } })
    return
  }
  const wrote = { notes: values.text(name) }
  tx.invoices.insert({ id, number: values.text(name), contactId: CUSTOMER, totalCents: 100_000, ...wrote })
  touches.push({ table: 'invoices', id, wrote })
}
