import type { RefusedEdit, Write } from '@tidemark/client'
import { aboutWhat } from '../conflicts/conflict-words.ts'
import type { Route } from '../navigation/route.ts'
import { reasonOf } from '../wording/reasons.ts'
import type { Wording } from '../wording/wording.ts'
import { fieldsOf, valueWords } from './refused-fields.ts'

/** A refused write as its author knows it. */
export type WriteWords = {
  /** Which record, by its name. */
  readonly what: string
  /** Where it is, if it is there. */
  readonly route: Route | undefined
  readonly did: string
  readonly fields: readonly { readonly column: string; readonly label: string; readonly words: string }[]
}

const DID = {
  insert: 'You added it:',
  upsert: 'You wrote:',
  update: 'You changed it:',
  delete: 'You deleted it.',
  restore: 'You brought it back.',
} as const satisfies Record<Write['kind'], string>

/** What a write was about, and what was written, in the words of the application. */
export function writeWords(write: Write, wording: Wording): WriteWords {
  const { collection, kind, values } = write
  const fields = fieldsOf(collection).flatMap(([column, field]) =>
    Object.hasOwn(values, column)
      ? [{ column, label: field.label, words: valueWords(field, values[column], wording) }]
      : [],
  )
  return { ...nameOf(write, wording), did: DID[kind], fields }
}

/** A record that was never taken is known by what its author called it. */
function nameOf(write: Write, wording: Wording): Pick<WriteWords, 'what' | 'route'> {
  const { collection, record, kind, values } = write
  const about = aboutWhat({ collection, record }, wording)
  if (collection === 'payments') {
    const { what, route } = aboutWhat(
      { collection: 'invoices', record: String(values['invoiceId']) },
      wording,
    )
    return { what: `Payment on ${what.replace(/^I/, 'i')}`, route }
  }
  if (kind !== 'insert' || about.route) return about
  if (collection === 'invoices') return { what: `Invoice ${String(values['number'])}`, route: undefined }
  if (collection === 'contacts') return { what: `Contact ${String(values['name'])}`, route: undefined }
  return about
}

/** What a notice calls an edit: the first of its records. */
export function nameOfEdit({ writes: [first] }: Pick<RefusedEdit, 'writes'>, wording: Wording): string {
  return first ? writeWords(first, wording).what : 'What you wrote'
}

/** Why it was not taken, as a sentence. */
export function refusalWords({ writes, error }: Pick<RefusedEdit, 'writes' | 'error'>): string {
  if (error.code !== 'refused-unique') return reasonOf(error)
  // The only names that Postgres lets nobody give twice.
  const number = writes.find(({ collection }) => collection === 'invoices')?.values['number']
  return typeof number === 'string' ? `Another invoice already has the number ${number}.` : reasonOf(error)
}

/** What the tool is called for whoever does not see its count. */
export function toolWords(count: number): string {
  if (count === 0) return 'Changes that were not taken: none'
  return `Changes that were not taken: ${count}`
}
