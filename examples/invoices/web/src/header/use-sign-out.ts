import { useState } from 'react'
import { useDraftCount } from '../drafts/use-drafts.ts'
import { leave } from '../session/sign-in-store.ts'
import { useSession } from '../session/use-session.ts'
import type { UnsentQuestion } from './sign-out-dialog.tsx'

/** What the person is asked on the way out. */
export type LeavingStep =
  | { readonly is: 'asking-about-drafts'; readonly drafts: number }
  | { readonly is: 'asking' | 'waiting'; readonly question: UnsentQuestion }

type Leaving = {
  /** Undefined while nothing is asked. */
  readonly step: LeavingStep | undefined
  begin(): void
  /** Drafts may go. */
  goOn(): void
  answer(how: 'keep' | 'send' | 'discard'): void
  stay(): void
}

/** The way out: asks about what would be lost, first what is typed, then what is not sent. */
export function useSignOut(): Leaving {
  const session = useSession()
  const drafts = useDraftCount()
  const [step, setStep] = useState<LeavingStep>()
  const follow = async (leaving: ReturnType<typeof session.db.signOut>) => {
    try {
      const result = await leaving
      if (result.done) leave(session)
      else setStep({ is: 'asking', question: result })
    } catch (error) {
      leave(session, `Not all of your work could be taken off this device. ${String(error)}`)
    }
  }
  const goOn = () => void follow(session.db.signOut())
  return {
    step,
    goOn,
    begin() {
      if (drafts > 0) setStep({ is: 'asking-about-drafts', drafts })
      else goOn()
    },
    answer(how) {
      if (step?.is !== 'asking' && step?.is !== 'waiting') return
      const { question } = step
      if (how === 'send') setStep({ is: 'waiting', question })
      void follow(question[how]())
    },
    stay: () => setStep(undefined),
  }
}
