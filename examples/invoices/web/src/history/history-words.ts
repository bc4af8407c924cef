import type { FieldChange, HistoryItem } from '@tidemark/client'
import type { Invoice } from '../data/database.ts'
import { formatDay } from '../invoices/dates.ts'
import { formatMoney } from '../invoices/money.ts'
import { isStatus, legalMoves, statusWords } from '../invoices/status.ts'
import { listed, type Wording, whoOf } from '../wording/wording.ts'

export type InvoiceItem = HistoryItem<Invoice>

/** A changed field as a person reads it; one that people write in shows what of it was changed. */
export type FieldWords = {
  readonly label: string
  readonly from: string
  readonly to: string
  readonly isWriting: boolean
}

/** What is needed beside an item to say it. */
export type HistoryWording = Pick<Wording, 'currency' | 'contacts' | 'self' | 'nameOf'>

export const LABELS = {
  number: 'Number',
  contactId: 'Contact',
  status: 'Status',
  totalCents: 'Total',
  paidCents: 'Paid',
  reminders: 'Reminders',
  reference: 'Reference',
  notes: 'Notes',
  dueOn: 'Due date',
} as const satisfies { readonly [Column in Exclude<keyof Invoice, 'id'>]: string }

export type Named = keyof typeof LABELS

const VERBS = {
  insert: 'created it',
  update: 'changed',
  delete: 'deleted it',
  restore: 'restored it',
} as const

const IN_SQL = { insert: 'Created', update: 'Changed', delete: 'Deleted', restore: 'Restored' } as const

/** Who did what: the beginning of an item, or of several that are read as one. */
export function headOf(
  { external, kind }: Pick<InvoiceItem, 'external' | 'kind'>,
  authors: readonly string[],
  wording: HistoryWording,
): string {
  if (external) return `${IN_SQL[kind]} in the database by ${authors.join(', ') || 'somebody'}`
  return `${whoOf(authors, wording)} ${VERBS[kind]}`
}

/** Who has changed the same since, as a sentence; '' where nobody has. */
export function sinceOf({ changedSinceBy }: InvoiceItem, { self, nameOf }: HistoryWording): string {
  if (changedSinceBy.length === 0) return ''
  const names = changedSinceBy.map((author) => (author === self ? 'you' : nameOf(author)))
  return `Changed since by ${listed(names)}.`
}

/** The fields of an item with their values before and after. */
export function fieldsOf(item: InvoiceItem, wording: HistoryWording): readonly FieldWords[] {
  return namesOf(item).flatMap((name) => {
    const change: FieldChange<unknown> | undefined = item.fields[name]
    if (!change) return []
    const isWriting = name === 'notes' && item.kind === 'update'
    const say = (value: unknown) => (isWriting ? String(value ?? '') : valueWords(name, value, wording))
    // What was deleted held something, or nothing to speak of.
    if (item.kind === 'delete' && (change.from === 0 || say(change.from) === 'nothing')) return []
    return [{ label: LABELS[name], from: say(change.from), to: say(change.to), isWriting }]
  })
}

/** What an undo of the item will do, as a sentence; or why there is none. */
export function undoOf(
  item: InvoiceItem,
  now: Invoice | undefined,
  wording: HistoryWording,
): { readonly does: string } | { readonly cannot: string } {
  if (item.refused) return { cannot: `It was undone: ${item.refused.message}` }
  switch (item.kind) {
    case 'insert':
    case 'restore':
      return { cannot: 'An invoice is voided, not deleted.' }
    case 'delete':
      return now ? { cannot: 'It has been restored since.' } : { does: 'Restores the invoice as it was.' }
    case 'update':
      return undoUpdate(item, now, wording)
  }
}

function undoUpdate(item: InvoiceItem, now: Invoice | undefined, wording: HistoryWording) {
  const { fields } = item
  if (!now) return { cannot: 'The invoice is deleted; restore it first.' }
  if (fields.paidCents) return { cannot: 'Payments are not taken back.' }
  const before = fields.status?.from
  if (before && now.status !== before && !legalMoves(now.status).includes(before))
    return { cannot: `${statusWords(now.status)} does not go back to ${statusWords(before).toLowerCase()}.` }
  if (fields.number || fields.contactId) return { cannot: 'Number and contact stay.' }
  const moved = fields.reminders ? -(Number(fields.reminders.to) - Number(fields.reminders.from)) : 0
  const said = fieldsOf(item, wording)
    .filter(({ label }) => label !== LABELS.reminders)
    .map(({ label, from, isWriting }) =>
      isWriting
        ? 'Takes out of the notes what came, and puts back what went; what others wrote stays.'
        : `Sets ${label.toLowerCase()} to ${from}.`,
    )
  if (moved !== 0) said.push(`Counts ${Math.abs(moved)} ${moved < 0 ? 'fewer' : 'more'} of reminders.`)
  return { does: said.join(' ') }
}

function namesOf({ fields }: InvoiceItem): readonly Named[] {
  return Object.keys(LABELS).filter((name): name is Named => name in fields && name in LABELS)
}

/** A value of a field as a person reads it. */
export function valueWords(
  name: Named,
  value: unknown,
  { currency, contacts }: Pick<Wording, 'currency' | 'contacts'>,
): string {
  if (value === null || value === '') return 'nothing'
  switch (name) {
    case 'totalCents':
    case 'paidCents':
      return formatMoney(Number(value), currency)
    case 'dueOn':
      return formatDay(String(value))
    case 'status':
      return typeof value === 'string' && isStatus(value) ? statusWords(value) : String(value)
    case 'contactId':
      return contacts.find(({ id }) => id === value)?.name ?? String(value)
    default:
      return String(value)
  }
}

const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

/** A moment as people write it, where they are. */
export function formatMoment(at: number): string {
  return format.format(at)
}
