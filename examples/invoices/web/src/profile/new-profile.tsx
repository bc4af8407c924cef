import { useSession } from '../session/use-session.ts'

/** The key of the one profile: two people who begin it at once begin the same. */
const PROFILE_ID = 'profile'

/** Begins the profile of a business that has none. */
export function NewProfile() {
  const { db, identity, track } = useSession()
  const begin = () =>
    track(
      'The business profile',
      PROFILE_ID,
      db.businessProfile.insert({ id: PROFILE_ID, name: identity.tenant }),
    )
  return (
    <button type="button" className="primary" data-testid="begin-profile" onClick={begin}>
      Begin the profile
    </button>
  )
}
