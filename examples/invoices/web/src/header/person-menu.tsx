import { Popover } from '../frame/popover.tsx'
import { hashOf } from '../navigation/route.ts'
import { useSession } from '../session/use-session.ts'
import { SignOutButton } from './sign-out-button.tsx'

/** Who this window is, and the way out. */
export function PersonMenu() {
  const { identity } = useSession()
  const initial = (
    <span className="avatar" aria-hidden="true">
      {identity.name.slice(0, 1)}
    </span>
  )
  return (
    <Popover label={`${identity.name}, ${identity.role}`} testId="who" button={initial}>
      <p>
        {identity.name} <span className="muted">{identity.role}</span>
      </p>
      <a href={hashOf({ at: 'profile' })} data-testid="own-business">
        {identity.tenant}
      </a>
      <SignOutButton />
    </Popover>
  )
}
