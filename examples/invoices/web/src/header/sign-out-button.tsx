import { signOut } from '../session/sign-in-store.ts'
import { signOutQuestion } from './connection-words.ts'
import { useUnsent } from './use-unsent.ts'

/** Signs out; asks first where something would be lost. */
export function SignOutButton() {
  const question = signOutQuestion(useUnsent())
  const leave = () => {
    if (question === undefined || window.confirm(question)) signOut()
  }
  return (
    <button type="button" data-testid="sign-out" onClick={leave}>
      Sign out
    </button>
  )
}
