import { useState } from 'react'
import { DraftForm } from '../drafts/draft-form.tsx'
import { NEW_CONTACT } from '../drafts/form-names.ts'
import { useFormDraft } from '../drafts/use-form-draft.ts'
import { FormInput } from '../fields/form-input.tsx'
import { useSession } from '../session/use-session.ts'
import { checkNewContact, type NewContactText, type Problems } from './new-contact-values.ts'

/** The form for a new contact: a page of its own, and a drawer where an invoice needs one. */
export function NewContact({ onCreated }: { onCreated: (id: string) => void }) {
  const { db, track } = useSession()
  const [problems, setProblems] = useState<Problems>({})
  const { text, isTyped, change, drop } = useFormDraft<NewContactText>(NEW_CONTACT, {
    name: '',
    email: '',
    city: '',
  })
  const create = () => {
    const checked = checkNewContact(text)
    setProblems(checked.ok ? {} : checked.problems)
    if (!checked.ok) return
    const edit = db.contacts.insert(checked.values)
    drop()
    track(`Contact ${checked.values.name}`, edit.id, edit)
    onCreated(edit.id)
  }
  const discard = () => {
    setProblems({})
    drop()
  }
  return (
    <DraftForm name="contact" submit="Add contact" isTyped={isTyped} onSubmit={create} onDiscard={discard}>
      <FormInput
        label="Name"
        testId="new-contact-name"
        value={text.name}
        problem={problems.name}
        onChange={(name) => change({ name })}
      />
      <FormInput
        label="Email"
        testId="new-contact-email"
        inputMode="email"
        value={text.email}
        problem={problems.email}
        onChange={(email) => change({ email })}
      />
      <FormInput
        label="City"
        testId="new-contact-city"
        value={text.city}
        onChange={(city) => change({ city })}
      />
    </DraftForm>
  )
}
