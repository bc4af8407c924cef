import type { Person } from '../people/person.ts'
import type { ClientWatcher } from './client-checker.ts'
import { STEPS, type Step } from './coverage.ts'

/** Where a client stands, and each of its edits that has no outcome. */
export function stepsOf(person: Person, checker: ClientWatcher, stepOf: (seq: number) => Step): Step[] {
  const { state } = person.db.connection.getSnapshot()
  const steps: Step[] = STEPS.filter((step) => step === state)
  for (const { edit, accepted } of person.openEdits) {
    const { n } = edit
    const seq = n === undefined ? undefined : checker.placeOf(n)
    if (seq !== undefined) steps.push(accepted ? 'answered' : 'accepted', stepOf(seq))
    else steps.push(n !== undefined && n <= checker.sentUpTo ? 'sent' : 'made')
  }
  return steps
}
