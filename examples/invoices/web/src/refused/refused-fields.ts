import {
  type Check,
  checkBusinessName,
  checkContactName,
  checkCurrency,
  checkEmail,
} from '../../../checks.ts'
import { LABELS } from '../history/history-words.ts'
import { isMethod, METHODS, methodWords } from '../invoice/payment-words.ts'
import { formatDay } from '../invoices/dates.ts'
import { formatMoney, moneyInput, parseMoney } from '../invoices/money.ts'
import { isStatus, STATUSES, statusWords } from '../invoices/status.ts'
import { currencyOptions } from '../profile/currencies.ts'
import type { Wording } from '../wording/wording.ts'

/** What is needed beside a value to say it. */
export type FieldWording = Pick<Wording, 'currency' | 'contacts' | 'invoices'>

/** A field that a person writes: what it is called, and of what kind its value is. */
export type Field = {
  readonly label: string
  readonly kind:
    | 'line'
    | 'lines'
    | 'money'
    | 'day'
    | 'status'
    | 'method'
    | 'currency'
    | 'contact'
    | 'invoice'
    | 'count'
  readonly check?: Check
}

const FIELDS: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  invoices: {
    number: {
      label: LABELS.number,
      kind: 'line',
      check: (text) => (text === '' ? 'Give the invoice a number.' : undefined),
    },
    contactId: { label: LABELS.contactId, kind: 'contact' },
    status: { label: LABELS.status, kind: 'status' },
    totalCents: { label: LABELS.totalCents, kind: 'money' },
    dueOn: { label: LABELS.dueOn, kind: 'day' },
    reference: { label: LABELS.reference, kind: 'line' },
    reminders: { label: LABELS.reminders, kind: 'count' },
    notes: { label: LABELS.notes, kind: 'lines' },
  },
  payments: {
    invoiceId: { label: 'Invoice', kind: 'invoice' },
    amountCents: { label: 'Amount', kind: 'money' },
    method: { label: 'Method', kind: 'method' },
    paidOn: { label: 'Paid on', kind: 'day' },
  },
  contacts: {
    name: { label: 'Name', kind: 'line', check: checkContactName },
    email: { label: 'Email', kind: 'line', check: checkEmail },
    city: { label: 'City', kind: 'line' },
  },
  businessProfile: {
    name: { label: 'Name', kind: 'line', check: checkBusinessName },
    address: { label: 'Address', kind: 'lines' },
    vatNumber: { label: 'VAT number', kind: 'line' },
    currency: { label: 'Currency', kind: 'currency', check: checkCurrency },
  },
}

/** The fields of a collection, in the order of its form; those of no form are not a person's. */
export function fieldsOf(collection: string): readonly (readonly [column: string, field: Field])[] {
  return Object.entries(FIELDS[collection] ?? {})
}

/** A value as its author would say it. */
export function valueWords({ kind }: Field, value: unknown, wording: FieldWording): string {
  if (isDifference(value)) return differenceWords(value)
  if (value === null || value === undefined || value === '') return 'nothing'
  const text = String(value)
  switch (kind) {
    case 'money':
      return formatMoney(Number(value), wording.currency)
    case 'day':
      return formatDay(text)
    case 'status':
      return isStatus(text) ? statusWords(text) : text
    case 'method':
      return isMethod(text) ? methodWords(text) : text
    case 'contact':
      return wording.contacts.find(({ id }) => id === value)?.name ?? 'a contact that is not there'
    case 'invoice':
      return wording.invoices.find(({ id }) => id === value)?.number ?? 'an invoice that is not there'
    default:
      return text
  }
}

/** The text of a field that may be changed before it is tried again; undefined for one that may not. */
export function textOf({ kind }: Field, value: unknown, { currency }: FieldWording): string | undefined {
  if (isDifference(value) || kind === 'invoice') return undefined
  if (value === null || value === undefined) return ''
  return kind === 'money' ? moneyInput(Number(value), currency) : String(value)
}

/** The value that such a text says, or why there is none. */
export function readValue(
  { kind, check }: Field,
  text: string,
  { currency }: FieldWording,
): { readonly value: string | number | null } | { readonly problem: string } {
  const trimmed = text.trim()
  const problem = check?.(trimmed)
  if (problem !== undefined) return { problem }
  switch (kind) {
    case 'money': {
      const value = parseMoney(text, currency)
      return value === undefined ? { problem: 'Enter an amount above nothing, such as 120.50.' } : { value }
    }
    case 'count':
      return /^\d{1,9}$/.test(trimmed) ? { value: Number(trimmed) } : { problem: 'Enter a number.' }
    case 'day':
      return { value: trimmed === '' ? null : trimmed }
    case 'contact':
      return trimmed === '' ? { problem: 'Choose who the invoice is for.' } : { value: trimmed }
    default:
      return { value: trimmed }
  }
}

/** What a field of choices offers; undefined for one that is written. */
export function choicesOf(
  { kind }: Field,
  value: string,
  { contacts }: FieldWording,
): readonly (readonly [value: string, words: string])[] | undefined {
  switch (kind) {
    case 'status':
      return STATUSES.map((status) => [status, statusWords(status)])
    case 'method':
      return METHODS.map((method) => [method, methodWords(method)])
    case 'currency':
      return currencyOptions(value)
    case 'contact': {
      const isThere = contacts.some(({ id }) => id === value)
      return [
        ...(isThere ? [] : [['', 'Choose…'] as const]),
        ...contacts.map(({ id, name }) => [id, name] as const),
      ]
    }
    default:
      return undefined
  }
}

/** A change of what stood there: so much more of a count, or pieces of a text. */
type Difference = { readonly add: number } | { readonly patches: readonly unknown[] }

function isDifference(value: unknown): value is Difference {
  if (typeof value !== 'object' || value === null) return false
  return (
    ('add' in value && typeof value.add === 'number') || ('patches' in value && Array.isArray(value.patches))
  )
}

function differenceWords(difference: Difference): string {
  if ('add' in difference) {
    const { add } = difference
    return `${Math.abs(add)} ${add < 0 ? 'fewer' : 'more'}`
  }
  return difference.patches
    .map(patchWords)
    .filter((words) => words !== '')
    .join(', ')
}

/** A patch has its place first, then what went and what came. */
function patchWords(patch: unknown): string {
  const [, gone, come]: readonly unknown[] = Array.isArray(patch) ? patch : []
  const parts = [
    ...(typeof gone === 'string' && gone !== '' ? [`“${gone}” taken out`] : []),
    ...(typeof come === 'string' && come !== '' ? [`“${come}” written`] : []),
  ]
  return parts.join(' and ')
}
