import { memo } from 'react'
import type { Contact } from '../data/database.ts'
import { useMark } from '../data/use-mark.ts'
import { LiveValue } from '../lists/live-value.tsx'
import { MarkText } from '../lists/mark-text.tsx'
import { Row } from '../lists/row.tsx'
import { nameOf } from './contacts.ts'

type Props = { contact: Contact; selected: boolean; newcomer: boolean }

/** One contact of the list. Rendered anew only when one of its own values changes. */
export const ContactRow = memo(function ContactRow({ contact, selected, newcomer }: Props) {
  const { id, name, email, city } = contact
  const mark = useMark(id)
  const own = mark === 'saving'
  return (
    <Row
      to={{ at: 'contact', id }}
      name={
        <LiveValue value={name} own={own}>
          {nameOf(contact)}
        </LiveValue>
      }
      nameClass="name"
      testId={`contact-row-${id}`}
      selected={selected}
      arrived={newcomer && mark === ''}
    >
      {[
        { column: 'email', text: email },
        { column: 'city', text: city },
      ].map(({ column, text }) => (
        <td key={column} className={column}>
          <LiveValue value={text} own={own}>
            {text === '' ? <span className="muted">–</span> : text}
          </LiveValue>
        </td>
      ))}
      <td className="mark-cell">
        <MarkText mark={mark} testId={`mark-${id}`} />
      </td>
    </Row>
  )
})
