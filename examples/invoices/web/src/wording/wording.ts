import type { Contact, Invoice } from '../data/database.ts'

/** What is needed beside a change, a conflict or a notification to say it. */
export type Wording = {
  readonly currency: string
  readonly contacts: readonly Pick<Contact, 'id' | 'name'>[]
  readonly invoices: readonly Pick<Invoice, 'id' | 'number' | 'status'>[]
  /** The person who reads it. */
  readonly self: string
  readonly nameOf: (subject: string) => string
}

const list = new Intl.ListFormat('en-GB')

/** Names as a sentence has them. */
export function listed(names: readonly string[]): string {
  return list.format(names)
}

/** People at the beginning of a sentence, whoever reads it as `You`; `Somebody` where nobody is named. */
export function whoOf(
  subjects: readonly string[],
  { self, nameOf }: Pick<Wording, 'self' | 'nameOf'>,
): string {
  if (subjects.length === 0) return 'Somebody'
  return listed(subjects.map((subject) => (subject === self ? 'you' : nameOf(subject)))).replace(
    /^you\b/,
    'You',
  )
}
