import { type Check, checkBusinessName } from '../../../checks.ts'
import type { Profile } from '../data/database.ts'
import { SelectField } from '../fields/select-field.tsx'
import { TextField } from '../fields/text-field.tsx'
import { WhoIsHere } from '../presence/who-is-here.tsx'
import { currencyOptions } from './currencies.ts'
import { type ProfileText, useProfileEdits } from './use-profile-edits.ts'

type TextOfForm = {
  field: Exclude<ProfileText, 'currency'>
  label: string
  kind: 'line' | 'lines'
  check?: Check
}

const FIELDS: readonly TextOfForm[] = [
  { field: 'name', label: 'Name', kind: 'line', check: checkBusinessName },
  { field: 'address', label: 'Address', kind: 'lines' },
  { field: 'vatNumber', label: 'VAT number', kind: 'line' },
]

/** The business as its invoices name it; each field saves itself. */
export function ProfileForm({ profile, readOnly }: { profile: Profile; readOnly: boolean }) {
  const set = useProfileEdits(profile)
  return (
    <div className="detail">
      <WhoIsHere collection="businessProfile" id={profile.id} />
      {FIELDS.map(({ field, ...rest }) => (
        <TextField
          key={field}
          {...rest}
          testId={`profile-${field}`}
          at={{ collection: 'businessProfile', id: profile.id, field }}
          value={profile[field]}
          readOnly={readOnly}
          onSave={(text) => set(field, text)}
        />
      ))}
      <SelectField
        label="Currency"
        testId="profile-currency"
        at={{ collection: 'businessProfile', id: profile.id, field: 'currency' }}
        value={profile.currency}
        options={currencyOptions(profile.currency)}
        readOnly={readOnly}
        onChoose={(code) => set('currency', code)}
      />
      {!readOnly && <p className="muted">Amounts are shown in another currency, not converted into it.</p>}
    </div>
  )
}
