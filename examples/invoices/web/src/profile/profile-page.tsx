import { Page } from '../frame/page.tsx'
import { ListNote } from '../lists/list-note.tsx'
import { useSession } from '../session/use-session.ts'
import { NewProfile } from './new-profile.tsx'
import { ProfileForm } from './profile-form.tsx'
import { useProfile } from './use-profile.ts'

/** The business itself. Everybody sees it, and its owner changes it. */
export function ProfilePage() {
  const { identity } = useSession()
  const { profile, status, note } = useProfile()
  const isOwner = identity.role === 'owner'
  return (
    <Page label="Business profile" isBusy={status === 'loading'}>
      <section className="sheet" aria-labelledby="profile-title">
        <h2 id="profile-title">Business profile</h2>
        {!isOwner && <p className="note">Only the owner changes the business profile.</p>}
        <ListNote text={note} />
        {profile && <ProfileForm key={profile.id} profile={profile} readOnly={!isOwner} />}
        {!profile && status === 'ready' && isOwner && <NewProfile />}
      </section>
    </Page>
  )
}
