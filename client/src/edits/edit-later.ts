import type { WireError } from '../../../src/protocol/errors.ts'
import type { EditHandle, EditResult, SaveResult } from '../api/edit-handle.ts'

/** The handle of an edit that can only be made once something else is known. It never rejects. */
export function editLater(make: () => Promise<EditHandle | WireError>): EditHandle {
  let made: EditHandle | undefined
  const outcome = make().then((result) => {
    if (!('code' in result)) made = result
    return result
  })
  const saved = outcome.then((result): SaveResult | Promise<SaveResult> =>
    'code' in result ? { ok: false, error: result } : result.saved,
  )
  const step = (name: 'accepted' | 'committed') =>
    outcome.then((result): EditResult | Promise<EditResult> =>
      'code' in result ? { ok: false, error: result } : result[name],
    )
  return {
    get n() {
      return made?.n
    },
    saved,
    accepted: step('accepted'),
    committed: step('committed'),
    undo: (options) =>
      editLater(async () => {
        const result = await outcome
        return 'code' in result ? result : result.undo(options)
      }),
  }
}
