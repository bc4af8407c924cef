import { signOut } from '../session/sign-in-store.ts'
import { signOutQuestion } from './connection-words.ts'
import { useLeaveGuard } from './use-leave-guard.ts'
import { useUnsent } from './use-unsent.ts'

/** Signs out, and guards what would be lost with the window. */
export function SignOutButton() {
  const question = signOutQuestion(useUnsent())
  useLeaveGuard(question !== undefined)
  const leave = () => {
    if (question === undefined || window.confirm(question)) signOut()
  }
  return (
    <button type="button" className="quiet" data-testid="sign-out" onClick={leave}>
      Sign out
    </button>
  )
}
