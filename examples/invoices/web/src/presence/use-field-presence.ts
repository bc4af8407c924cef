import type { OwnPlace, Peer, PlaceOf, RecordPlace } from '@tidemark/client'
import { usePeers } from '@tidemark/client/react'
import { type SyntheticEvent, useEffect, useRef } from 'react'
import type { App } from '../../../sync.ts'
import { useSession } from '../session/use-session.ts'

/** A field of a record. */
export type FieldPlace = RecordPlace<App> & { readonly field: string }

type Field = HTMLInputElement | HTMLTextAreaElement

type FieldPresence = {
  /** Who else is in the field. */
  readonly people: readonly Peer[]
  /** The cursor came into the field, or moved in it. */
  moved(event: SyntheticEvent<Field>): void
  /** The same, where the cursor is known; a field that is no text has none. */
  tell(cursor: readonly [from: number, to: number] | undefined): void
  left(): void
}

/** Tells others that somebody is in a field, and where in its text; and who else is. */
export function useFieldPresence(at: FieldPlace): FieldPresence {
  const { collection, id, field } = at
  const { db } = useSession()
  const own = useRef<OwnPlace<PlaceOf<App>> | undefined>(undefined)
  const people = usePeers(db, { collection, id }).filter(({ places }) =>
    places.some((place) => typeof place !== 'string' && place.field === field),
  )
  const left = () => {
    own.current?.leave()
    own.current = undefined
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: another field is another place
  useEffect(() => left, [db, collection, id, field])
  const tell: FieldPresence['tell'] = (cursor) => {
    const place: RecordPlace<App> = { ...at, ...(cursor && { cursor: [...cursor] }) }
    if (own.current) own.current.move(place)
    else own.current = db.presence.enter(place)
  }
  return {
    people,
    moved: ({ currentTarget: { selectionStart, selectionEnd } }) =>
      tell(selectionStart === null || selectionEnd === null ? undefined : [selectionStart, selectionEnd]),
    tell,
    left,
  }
}
