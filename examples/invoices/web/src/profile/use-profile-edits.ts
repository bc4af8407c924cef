import type { Profile } from '../data/database.ts'
import { useSession } from '../session/use-session.ts'

export type ProfileText = 'name' | 'address' | 'vatNumber' | 'currency'

const WORDS: Record<ProfileText, string> = {
  name: 'The name of the business',
  address: 'The address of the business',
  vatNumber: 'The VAT number of the business',
  currency: 'The currency of the business',
}

/** Changes one field of the profile. It is visible at once and followed to the end. */
export function useProfileEdits({ id }: Profile): (field: ProfileText, text: string) => void {
  const { db, track } = useSession()
  return (field, text) =>
    track(
      WORDS[field],
      id,
      db.businessProfile.update(id, (profile) => {
        profile[field] = text.trim()
      }),
      field,
    )
}
