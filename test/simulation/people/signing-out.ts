import type { SignOut } from '../../../client/src/api/persistence.ts'
import type { Random } from '../../../dev/harness/random.ts'
import type { Page } from './browser.ts'
import type { Person } from './person.ts'

const ANSWERS = ['keep', 'discard', 'send'] as const

/** A person signs out, and says what becomes of unsent edits if they are asked. */
export async function signOut({ db }: Person, page: Page, random: Random): Promise<void> {
  page.mayDiscard = false
  const said = random.pick(ANSWERS)
  let asked: SignOut = await db.signOut()
  if (!asked.done) asked = await answer(asked, said, page)
  // A page without a disk cannot keep anything, and asks again.
  if (!asked.done) await answer(asked, 'discard', page)
}

function answer(
  asked: Extract<SignOut, { done: false }>,
  said: (typeof ANSWERS)[number],
  page: Page,
): Promise<SignOut> {
  page.mayDiscard = said === 'discard'
  return asked[said]()
}
