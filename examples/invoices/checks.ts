/** What the tables take and people mistype: one check for the form that asks and the rule that decides. */

/** A check: the sentence that says why a text cannot be saved, or undefined. */
export type Check = (text: string) => string | undefined

export const checkContactName: Check = (name) => (name.trim() === '' ? 'A contact needs a name.' : undefined)

export const checkEmail: Check = (email) =>
  email.trim() === '' || /^[^\s@]+@[^\s@]+$/.test(email.trim())
    ? undefined
    : 'An email address looks like ada@example.com.'

export const checkBusinessName: Check = (name) =>
  name.trim() === '' ? 'The business needs a name.' : undefined

export const checkCurrency: Check = (code) =>
  /^[A-Z]{3}$/.test(code) ? undefined : 'A currency is three capital letters, such as GBP.'

/** An edit's operation, as far as its texts matter. */
type Written =
  | { readonly op: 'insert'; readonly values: Readonly<Record<string, unknown>> }
  | { readonly op: 'update'; readonly fields: Readonly<Record<string, object>> }
  | { readonly op: 'delete' }

/**
 * True, or the first sentence that speaks against what an operation writes. Columns that it leaves alone are not
 * judged: a text that somebody else wrote is no reason to refuse a change beside it.
 */
export function judge(op: Written, checks: Readonly<Record<string, Check>>): true | string {
  for (const [column, check] of Object.entries(checks)) {
    const text = writtenTo(op, column)
    const why = typeof text === 'string' ? check(text) : undefined
    if (why !== undefined) return why
  }
  return true
}

function writtenTo(op: Written, column: string): unknown {
  if (op.op === 'insert') return op.values[column]
  const change = op.op === 'update' ? op.fields[column] : undefined
  return change && 'set' in change ? change.set : undefined
}
