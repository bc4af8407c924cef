import { useState } from 'react'
import { useSession } from '../session/use-session.ts'

/** Signs the person in again in place: the invoice stays open, drafts stay typed, and unsent edits go up. */
export function SignInButton() {
  const session = useSession()
  const [isWaiting, setWaiting] = useState(false)
  const [problem, setProblem] = useState<string>()
  const signIn = () => {
    setWaiting(true)
    setProblem(undefined)
    session
      .signInAgain()
      .catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)))
      .finally(() => setWaiting(false))
  }
  return (
    <>
      {problem !== undefined && (
        <p className="problem" data-testid="sign-in-problem">
          That did not work. {problem}
        </p>
      )}
      <button type="button" data-testid="sign-in-again" disabled={isWaiting} onClick={signIn}>
        Sign in
      </button>
    </>
  )
}
