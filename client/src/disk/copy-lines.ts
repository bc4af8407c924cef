import type { Edit } from '../../../src/protocol/edit.ts'

/** A line of a copy: an edit of a client, or which of its edits have ended. */
export type CopyLine =
  | { readonly client: string; readonly edit: Edit; readonly over?: undefined }
  | { readonly client: string; readonly over: readonly number[] }

export function lineOf(client: string, edit: Edit): string {
  return JSON.stringify({ client, edit })
}

export function overLine(client: string, over: readonly number[]): string {
  return JSON.stringify({ client, over })
}

/** The lines of a copy. What is none is left out: a kill may leave the half of one, and a file may be spoilt. */
export function linesIn(texts: readonly string[]): CopyLine[] {
  return texts.flatMap((text) => {
    try {
      const line: unknown = JSON.parse(text)
      return isLine(line) ? [line] : []
    } catch {
      return []
    }
  })
}

function isLine(line: unknown): line is CopyLine {
  if (typeof line !== 'object' || line === null || !('client' in line)) return false
  if (typeof line.client !== 'string') return false
  if ('over' in line) return Array.isArray(line.over)
  if (!('edit' in line) || typeof line.edit !== 'object' || line.edit === null) return false
  const { edit } = line
  return (
    'n' in edit &&
    Number.isSafeInteger(edit.n) &&
    'ops' in edit &&
    Array.isArray(edit.ops) &&
    'context' in edit
  )
}
