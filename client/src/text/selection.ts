import {
  createAbsolutePositionFromRelativePosition,
  createRelativePositionFromTypeIndex,
  type Doc,
  decodeRelativePosition,
  encodeRelativePosition,
  type RelativePosition,
} from 'yjs'
import { fromBase64, toBase64 } from '../../../src/core/text/base64.ts'
import { TEXT_NAME } from '../../../src/core/text/yjs-update.ts'

/** The selected part of a text; `end` is `start` where nothing is, and the caret stands there. In UTF-16 units. */
export type TextSelection = { readonly start: number; readonly end: number }

/** A selection that stays where it is while the text around it changes. */
export type KeptSelection = { readonly start: RelativePosition; readonly end: RelativePosition }

/** Stays behind what a character before the caret is followed by; a selection keeps to its characters. */
const BEFORE = -1

export function keepSelection(doc: Doc, { start, end }: TextSelection): KeptSelection {
  const text = doc.getText(TEXT_NAME)
  const at = (index: number) =>
    createRelativePositionFromTypeIndex(text, Math.max(0, Math.min(index, text.length)), BEFORE)
  return { start: at(start), end: at(end) }
}

/** The place of a kept selection now; undefined in a manuscript that does not know of it. */
export function findSelection(doc: Doc, { start, end }: KeptSelection): TextSelection | undefined {
  const [from, to] = [start, end].map(
    (place) => createAbsolutePositionFromRelativePosition(place, doc)?.index,
  )
  return from === undefined || to === undefined ? undefined : { start: from, end: Math.max(from, to) }
}

/** A selection as text, for others who have the same manuscript open: to be sent to them as presence. */
export function encodeSelection({ start, end }: KeptSelection): string {
  return [start, end].map((place) => toBase64(encodeRelativePosition(place))).join('.')
}

/** Undefined for what is no selection. It comes from others, so nothing of it is trusted. */
export function decodeSelection(encoded: string): KeptSelection | undefined {
  const parts = encoded.split('.')
  const [start, end] = parts.map(decodePlace)
  return start && end && parts.length === 2 ? { start, end } : undefined
}

function decodePlace(encoded: string): RelativePosition | undefined {
  const bytes = fromBase64(encoded)
  if (!bytes) return undefined
  try {
    const place = decodeRelativePosition(bytes)
    // One in a type that is not there would make it.
    return place.type === null && (place.item !== null || place.tname === TEXT_NAME) ? place : undefined
  } catch {
    return undefined
  }
}
