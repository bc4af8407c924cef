import { Popover } from '../frame/popover.tsx'
import { hashOf } from '../navigation/route.ts'
import { useSession } from '../session/use-session.ts'
import { DraftsDialog, SignOutDialog } from './sign-out-dialog.tsx'
import { useSignOut } from './use-sign-out.ts'

/** Who this window is, and the way out. */
export function PersonMenu() {
  const { identity } = useSession()
  const { step, begin, goOn, answer, stay } = useSignOut()
  const initial = (
    <span className="avatar" aria-hidden="true">
      {identity.name.slice(0, 1)}
    </span>
  )
  return (
    <>
      <Popover label={`${identity.name}, ${identity.role}`} testId="who" button={initial}>
        <p>
          {identity.name} <span className="muted">{identity.role}</span>
        </p>
        <a href={hashOf({ at: 'profile' })} data-testid="own-business">
          {identity.tenant}
        </a>
        <button
          type="button"
          data-testid="sign-out"
          onClick={({ currentTarget }) => {
            // The focus goes back to the menu's button, and from there into what is asked.
            currentTarget.closest<HTMLElement>('[popover]')?.hidePopover()
            begin()
          }}
        >
          Sign out
        </button>
      </Popover>
      {step?.is === 'asking-about-drafts' && (
        <DraftsDialog drafts={step.drafts} onLose={goOn} onStay={stay} />
      )}
      {(step?.is === 'asking' || step?.is === 'waiting') && (
        <SignOutDialog
          question={step.question}
          isWaiting={step.is === 'waiting'}
          onAnswer={answer}
          onStay={stay}
        />
      )}
    </>
  )
}
