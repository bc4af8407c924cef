import { differenceOf, isHalf, type Splice } from '../../../src/core/text/difference.ts'
import { wireError } from '../../../src/protocol/errors.ts'
import type { TextOp } from '../../../src/protocol/text-op.ts'
import { Listeners } from '../api/observable.ts'
import type { EditHandle, TextPlace, TextPort } from '../api/types.ts'
import { TextEditor } from './editor.ts'
import { TEXT_RULES } from './rules.ts'
import {
  decodeSelection,
  encodeSelection,
  findSelection,
  type KeptSelection,
  keepSelection,
  type TextSelection,
} from './selection.ts'
import { spliceAt } from './splice-at.ts'
import { type TextReads, textReads } from './text-reads.ts'
import type { TextHandle, TextOptions, TextSnapshot } from './types.ts'

const LOADING: TextSnapshot = { text: '', status: 'loading', pending: false }

type Held = Readonly<Record<string, unknown>> | undefined

/**
 * `openText` by what it needs of a client.
 *
 * @param held the record as the client holds it already, for as long as the text's own query has no answer
 */
export function openTextIn(
  port: TextPort,
  place: TextPlace,
  { onEdit }: TextOptions = {},
  held: () => Held = () => undefined,
): TextHandle {
  port.equipTexts(TEXT_RULES)
  const listeners = new Listeners<TextSnapshot>(port.guard)
  const row = port.row(place)
  let snapshot = LOADING
  let editor: TextEditor | undefined
  let selected: KeptSelection | undefined
  let missing: TextSnapshot['error']
  let asking: ReturnType<TextReads['follow']> | undefined
  let stop: (() => void) | undefined

  const changed = () => {
    const next = read()
    if (isSame(next, snapshot)) return
    snapshot = next
    listeners.emit(snapshot, () => snapshot === next)
  }
  const read = (): TextSnapshot => {
    if (!editor) return missing ? { ...LOADING, status: 'error', error: missing } : LOADING
    const error = missing ?? editor.error
    const selection = selected && findSelection(editor.doc, selected)
    return {
      text: editor.text,
      status: missing ? 'error' : 'ready',
      ...(error && { error }),
      pending: editor.isPending,
      ...(selection && { selection }),
    }
  }
  const begin = (text: string): TextEditor => {
    const ask = () => asking?.ask()
    const edit = (change: TextOp, whole: string): EditHandle => {
      const made = port.edit(place, change, whole)
      if (onEdit) port.guard(() => onEdit(made))
      return made
    }
    const begun = new TextEditor(
      { environment: port.environment, edit, ask, changed: () => following(changed) },
      text,
    )
    asking = textReads(port).follow(
      place,
      () => {
        begun.asksAgain()
        return begun.have
      },
      (answer) => following(() => begun.answered(answer)),
    )
    return begun
  }
  /** A manuscript that is given up takes the selection along by its places. */
  const following = (work: () => void) => {
    const before = editor?.doc
    const now = before && selected && findSelection(before, selected)
    work()
    if (editor && now && editor.doc !== before) selected = keepSelection(editor.doc, now)
  }
  const follow = () => {
    const told = () => {
      const { rows, status, error } = row.getSnapshot()
      const [found = status === 'loading' ? held() : undefined] = rows
      missing = undefined
      if (found) {
        const value = found[place.column]
        const text = typeof value === 'string' ? value : ''
        if (!Object.hasOwn(found, place.column)) missing = noColumn(place.column)
        else if (editor) editor.rowIs(text)
        else editor = begin(text)
      } else if (status === 'error') missing = error
      else if (status === 'ready') missing = wireError('not-found', `There is no record "${place.record}".`)
      changed()
    }
    stop = row.subscribe(told)
    told()
  }
  const rest = () => {
    stop?.()
    void editor?.flush()
    asking?.stop()
    editor = selected = asking = undefined
  }
  const type = (splices: readonly Splice[], selection?: TextSelection) => {
    if (!editor) return
    editor.type(splices)
    if (selection) selected = keepSelection(editor.doc, selection)
    changed()
  }
  const typeAt = (at: number, deleted: number, inserted: string) => {
    const one = editor && within(editor.text, at, deleted)
    if (one && (one.deleted > 0 || inserted !== '')) type([{ ...one, inserted }])
  }
  return {
    subscribe(listener) {
      if (listeners.size === 0) follow()
      const end = listeners.add(listener)
      return () => {
        if (end() && listeners.size === 0) rest()
      }
    },
    getSnapshot: () => snapshot,
    setText(text, selection) {
      if (!editor) return
      const now = editor.text
      const one = selection && spliceAt(now, text, selection.end)
      type(one ? [one] : differenceOf(now, text), selection)
    },
    insert: (at, text) => typeAt(at, 0, text),
    delete: (at, count) => typeAt(at, count, ''),
    select(selection) {
      if (editor) selected = keepSelection(editor.doc, selection)
      changed()
    },
    hold: () => editor?.hold() ?? (() => {}),
    flush: async () => editor?.flush(),
    encodeSelection: (selection) => (editor ? encodeSelection(keepSelection(editor.doc, selection)) : ''),
    findSelection(encoded) {
      const kept = decodeSelection(encoded)
      return editor && kept && findSelection(editor.doc, kept)
    },
  }
}

/** A part of a text, as far as it is there, with whole characters only. */
function within(text: string, at: number, count: number): Omit<Splice, 'inserted'> {
  const [from, to] = [at, at + count].map((place) =>
    Math.max(0, Math.min(Math.trunc(place) || 0, text.length)),
  )
  const start = from === undefined || !isHalf(text, from) ? (from ?? 0) : from - 1
  const end = to === undefined || !isHalf(text, to) ? (to ?? 0) : to + 1
  return { at: start, deleted: count > 0 ? Math.max(0, end - start) : 0 }
}

function noColumn(name: string): NonNullable<TextSnapshot['error']> {
  return wireError('unknown-column', `"${name}" is not a column.`, { ref: name })
}

function isSame(a: TextSnapshot, b: TextSnapshot): boolean {
  return (
    a.text === b.text &&
    a.status === b.status &&
    a.error === b.error &&
    a.pending === b.pending &&
    a.selection?.start === b.selection?.start &&
    a.selection?.end === b.selection?.end
  )
}
