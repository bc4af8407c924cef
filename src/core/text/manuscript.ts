import { applyUpdate, Doc, encodeStateAsUpdate, type Text } from 'yjs'
import { MAX_MANUSCRIPT_LENGTH, MAX_MANUSCRIPT_WRITERS } from '../../protocol/limits.ts'
import { hashText } from '../records/hash.ts'
import type { Manuscript } from '../records/manuscript.ts'
import { fromBase64, toBase64 } from './base64.ts'
import { differenceOf } from './difference.ts'
import { judgeUpdate, MAX_WRITER, OBJECT_WRITER, TEXT_NAME } from './yjs-update.ts'

/** Updates behind the base, and their characters, after which all are made one. */
const MAX_TAIL = 256
const MAX_TAIL_LENGTH = 16_000

/**
 * Manuscripts as Yjs holds them, by the value that they are of. What one becomes takes its place, so a value that was
 * left behind, as that of a refused edit, is read anew: nothing of the edit is in it.
 */
const held = new WeakMap<Manuscript, Doc>()

/** The id of a document of Yjs while nobody writes in it: one that no update has, or Yjs would draw another. */
const NOBODY = Number.MAX_SAFE_INTEGER

/** Makes a manuscript of a text. The same text and lineage make the very same. */
export function makeManuscript(text: string, lineage: string): Manuscript {
  const doc = newDoc()
  asObject(doc, () => {
    if (text !== '') textIn(doc).insert(0, text)
  })
  return keep(doc, { lineage, base: toBase64(encodeStateAsUpdate(doc)), tail: [], writers: {} })
}

/** The plain text of a manuscript. */
export function textOf(manuscript: Manuscript): string {
  return textIn(docOf(manuscript)).toString()
}

/** The manuscript with another text, which the object itself writes into it: by the difference. */
export function writeText(manuscript: Manuscript, text: string): Manuscript {
  return advance(manuscript, manuscript.writers, (doc) => {
    asObject(doc, () => changeText(textIn(doc), text))
  })
}

/** The outcome of an update. `missing`: it builds on what is not there, and the manuscript is as it was. */
export type Applied =
  | { readonly is: 'applied'; readonly manuscript: Manuscript; readonly text: string }
  | { readonly is: 'missing' }
  | { readonly is: 'hostile' }

/** Applies an update of an author to a manuscript. One that it has already changes nothing. */
export function applyTo(manuscript: Manuscript, author: string, update: string): Applied {
  const bytes = fromBase64(update)
  if (!bytes) return { is: 'hostile' }
  const judged = judgeUpdate(bytes, vectorOf(docOf(manuscript)))
  if (judged.is !== 'good') return judged
  const writers = { ...manuscript.writers }
  for (const writer of judged.writers) {
    // An id is whose it was first: under another's name nobody writes.
    const isPage = writer !== OBJECT_WRITER && writer <= MAX_WRITER
    if (!isPage || (writers[writer] ?? author) !== author) return { is: 'hostile' }
    writers[writer] = author
  }
  try {
    const now = advance(manuscript, writers, (doc) => applyUpdate(doc, bytes))
    return { is: 'applied', manuscript: now, text: textOf(now) }
  } catch {
    // Nothing of it is left: this manuscript is read anew.
    return { is: 'hostile' }
  }
}

/** The part of a manuscript that is beyond a vector of Yjs, as one update; all of it without one. Undefined for no vector. */
export function updateSince(manuscript: Manuscript, vector?: string): string | undefined {
  const has = vector === undefined ? undefined : fromBase64(vector)
  if (vector !== undefined && !has) return undefined
  try {
    return toBase64(encodeStateAsUpdate(docOf(manuscript), has))
  } catch {
    return undefined
  }
}

/** Turns a text of Yjs into another by the difference. */
export function changeText(text: Text, to: string): void {
  for (const { at, deleted, inserted } of differenceOf(text.toString(), to).reverse()) {
    if (deleted > 0) text.delete(at, deleted)
    if (inserted !== '') text.insert(at, inserted)
  }
}

function advance(
  manuscript: Manuscript,
  writers: Manuscript['writers'],
  change: (doc: Doc) => void,
): Manuscript {
  const doc = docOf(manuscript)
  const made: Uint8Array[] = []
  const note = (update: Uint8Array) => made.push(update)
  held.delete(manuscript)
  doc.on('update', note)
  doc.transact(() => change(doc))
  doc.off('update', note)
  if (made.length === 0) return keep(doc, manuscript)
  const tail = [...manuscript.tail, ...made.map(toBase64)]
  const { lineage, base } = manuscript
  if (tail.length <= MAX_TAIL && lengthOf(tail) <= MAX_TAIL_LENGTH)
    return keep(doc, { lineage, base, tail, writers })
  const whole = toBase64(encodeStateAsUpdate(doc))
  if (whole.length <= MAX_MANUSCRIPT_LENGTH && Object.keys(writers).length <= MAX_MANUSCRIPT_WRITERS)
    return keep(doc, { lineage, base: whole, tail: [], writers })
  const text = textIn(doc).toString()
  return makeManuscript(text, hashText(JSON.stringify([lineage, text])))
}

function docOf(manuscript: Manuscript): Doc {
  const known = held.get(manuscript)
  if (known) return known
  const doc = newDoc()
  for (const update of [manuscript.base, ...manuscript.tail]) {
    const bytes = fromBase64(update)
    if (!bytes) throw new Error('a stored manuscript is no base64')
    applyUpdate(doc, bytes)
  }
  keep(doc, manuscript)
  return doc
}

function keep(doc: Doc, manuscript: Manuscript): Manuscript {
  held.set(manuscript, doc)
  return manuscript
}

function newDoc(): Doc {
  // Named, because a manuscript would draw a name by chance.
  const doc = new Doc({ guid: TEXT_NAME })
  doc.clientID = NOBODY
  return doc
}

/** Writes under the object's own id. */
function asObject(doc: Doc, work: () => void): void {
  doc.clientID = OBJECT_WRITER
  work()
  doc.clientID = NOBODY
}

function textIn(doc: Doc): Text {
  return doc.getText(TEXT_NAME)
}

function vectorOf(doc: Doc): Map<number, number> {
  return new Map([...doc.store.clients].map(([client, structs]) => [client, endOf(structs)]))
}

function endOf(
  structs: readonly { readonly id: { readonly clock: number }; readonly length: number }[],
): number {
  const last = structs.at(-1)
  return last ? last.id.clock + last.length : 0
}

function lengthOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + text.length, 0)
}
