import type { EditHandle } from '../api/edit-handle.ts'

/** Several edits as one that is there when all are, and has failed with the first that did. */
export function together(handles: readonly EditHandle[]): EditHandle {
  const last = handles.at(-1)
  if (!last) throw new Error('there is an edit at least')
  if (handles.length === 1) return last
  const all = async <Result extends { readonly ok: boolean }>(
    step: (handle: EditHandle) => Promise<Result>,
  ): Promise<Result> => {
    const results = await Promise.all(handles.map(step))
    return results.find(({ ok }) => !ok) ?? step(last)
  }
  return {
    n: last.n,
    saved: all(({ saved }) => saved),
    accepted: all(({ accepted }) => accepted),
    committed: all(({ committed }) => committed),
    undo: (options) => together([...handles].reverse().map((handle) => handle.undo(options))),
  }
}
