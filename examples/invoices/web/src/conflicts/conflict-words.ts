import type { ConflictOf, ConflictSide } from '@tidemark/client'
import type { App } from '../../../sync.ts'
import { LABELS as INVOICE_LABELS, valueWords as invoiceWords, type Named } from '../history/history-words.ts'
import { isStatus, legalMoves, statusWords } from '../invoices/status.ts'
import type { Route } from '../navigation/route.ts'
import type { Wording } from '../wording/wording.ts'

export type Conflict = ConflictOf<App>

const LABELS: Readonly<Record<string, string>> = {
  ...INVOICE_LABELS,
  name: 'Name',
  email: 'Email',
  city: 'City',
  address: 'Address',
  vatNumber: 'VAT number',
  currency: 'Currency',
}

export function labelOf(field: string | null): string {
  return field === null ? 'The record' : (LABELS[field] ?? field)
}

/** What it is about: a field of a record by its name, and where that is. */
export function aboutWhat(
  { collection, record }: { readonly collection: string; readonly record: string },
  { contacts, invoices }: Wording,
): { readonly what: string; readonly route: Route | undefined } {
  switch (collection) {
    case 'invoices': {
      const number = invoices.find(({ id }) => id === record)?.number
      return {
        what: `Invoice ${number ?? '(deleted)'}`,
        route: number ? { at: 'invoice', id: record } : undefined,
      }
    }
    case 'contacts': {
      const name = contacts.find(({ id }) => id === record)?.name
      return { what: name ?? 'A deleted contact', route: name ? { at: 'contact', id: record } : undefined }
    }
    case 'businessProfile':
      return { what: 'Business profile', route: { at: 'profile' } }
    case 'payments':
      return { what: 'A payment', route: undefined }
    default:
      return { what: 'A record', route: undefined }
  }
}

/** A value as a person reads it. */
export function valueWords(
  { collection }: Pick<Conflict, 'collection'>,
  field: string | null,
  value: unknown,
  wording: Wording,
): string {
  if (collection === 'invoices' && field !== null && isNamed(field))
    return invoiceWords(field, value, wording)
  return value === null || value === undefined || value === '' ? 'nothing' : String(value)
}

function isNamed(field: string): field is Named {
  return Object.hasOwn(INVOICE_LABELS, field)
}

/** Whose a side is: `You`, a name, or who wrote in the database. */
export function whoseOf(
  { by, client }: Pick<ConflictSide, 'by' | 'client'>,
  { self, nameOf }: Wording,
): string {
  if (client === 'sql') return by === '' ? 'The database' : `${by} in the database`
  if (by === '') return 'Somebody'
  return by === self ? 'You' : nameOf(by)
}

/** The same before what is theirs. */
export function possessive(whose: string): string {
  return whose === 'You' ? 'Yours' : `${whose}’s`
}

/** The state of things, in a sentence. */
export function sentenceOf(item: Conflict, wording: Wording): string {
  const winner = whoseOf(item.winner, wording)
  const [newest] = item.losers
  const loser = newest ? whoseOf(newest, wording) : 'Somebody'
  const lost = loser === 'You' ? 'you' : loser
  if (item.kind === 'delete-won') return `${winner} deleted it while ${lost} changed it.`
  if (item.kind === 'delete-lost')
    return `${loser} deleted it while ${winner === 'You' ? 'you' : winner} changed it; it stayed.`
  if (item.asked)
    return `${loser} wanted to change it while ${winner === 'You' ? 'you' : winner} did; it was not done.`
  return `${winner} wrote over what ${lost} had written, without having seen it.`
}

/** Why a value cannot be written now, if it cannot. */
export function whyNot(
  item: Conflict,
  field: string | null,
  value: unknown,
  wording: Wording,
): string | undefined {
  if (item.collection === 'payments') return 'Payments do not change.'
  if (item.collection !== 'invoices' || field !== 'status') return undefined
  const now = wording.invoices.find(({ id }) => id === item.record)?.status
  if (!now || typeof value !== 'string' || !isStatus(value) || now === value) return undefined
  if (legalMoves(now).includes(value)) return undefined
  return `${statusWords(now)} does not become ${statusWords(value).toLowerCase()}.`
}

const format = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

/** A moment as people write it, where they are. */
export function momentOf(at: string): string {
  const time = Date.parse(at)
  return Number.isNaN(time) ? at : format.format(time)
}
