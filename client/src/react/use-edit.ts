import { useEffect, useRef, useState } from 'react'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { EditHandle, EditResult } from '../api/edit-handle.ts'

/** The state of a component's last edit: how far it has come, and how to take it back. */
export type EditState = {
  /** `saving` until it is accepted, `saved` until Postgres has it, then `stored`; `failed` with the reason. */
  readonly is: 'idle' | 'saving' | 'saved' | 'stored' | 'failed'
  readonly error?: WireError
  /** Undoes it by another edit, which is followed then. */
  undo(): void
}

/**
 * Makes edits, and follows the last one.
 *
 * @example const [rename, { is, error, undo }] = useEdit((name: string) => db.cards.update(id, (c) => { c.name = name }))
 */
export function useEdit<Args extends unknown[], Handle extends EditHandle>(
  make: (...args: Args) => Handle,
): [(...args: Args) => Handle, EditState] {
  const last = useRef<EditHandle>(undefined)
  const [progress, setProgress] = useState<Omit<EditState, 'undo'>>({ is: 'idle' })
  useEffect(
    () => () => {
      last.current = undefined
    },
    [],
  )
  const follow = <Followed extends EditHandle>(edit: Followed): Followed => {
    last.current = edit
    setProgress({ is: 'saving' })
    const told = (is: 'saved' | 'stored') => (result: EditResult) => {
      if (last.current === edit) setProgress(result.ok ? { is } : { is: 'failed', error: result.error })
    }
    edit.accepted.then(told('saved')).then(() => edit.committed.then(told('stored')))
    return edit
  }
  const undo = () => {
    if (last.current) follow(last.current.undo())
  }
  return [(...args) => follow(make(...args)), { ...progress, undo }]
}
