import { checkContactName, checkEmail } from '../../../checks.ts'

/** What the form for a new contact holds, as typed. */
export type NewContactText = { name: string; email: string; city: string }

/** A sentence per field that cannot be saved as it is. */
export type Problems = Partial<Record<keyof NewContactText, string>>

export type Checked = { ok: true; values: NewContactText } | { ok: false; problems: Problems }

export function checkNewContact(text: NewContactText): Checked {
  const values = { name: text.name.trim(), email: text.email.trim(), city: text.city.trim() }
  const name = checkContactName(values.name)
  const email = checkEmail(values.email)
  if (name === undefined && email === undefined) return { ok: true, values }
  return {
    ok: false,
    problems: { ...(name !== undefined && { name }), ...(email !== undefined && { email }) },
  }
}
