import { useUnsaved } from '../data/use-mark.ts'
import { signOut } from '../session/sign-in-store.ts'
import { useLeaveGuard } from './use-leave-guard.ts'

/** Signs out, and guards what would be lost with the window. */
export function SignOutButton() {
  const unsaved = useUnsaved()
  useLeaveGuard(unsaved > 0)
  const leave = () => {
    const question = `${unsaved === 1 ? 'One change is' : `${unsaved} changes are`} not saved yet. Sign out and lose what is not?`
    if (unsaved === 0 || window.confirm(question)) signOut()
  }
  return (
    <button type="button" className="quiet" data-testid="sign-out" onClick={leave}>
      Sign out
    </button>
  )
}
