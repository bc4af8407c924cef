import { type WireError, wireError } from '../../protocol/errors.ts'
import type { Manifest } from '../../protocol/manifest.ts'
import type { Presence } from '../../protocol/presence.ts'
import { whyNoPresence } from '../../protocol/presence-fault.ts'
import { findCollection } from '../app/application.ts'

/** The error of what names more, or something else, than there can be; undefined for a presence that can be taken. */
export function judgePresence(manifest: Manifest, presence: Presence): WireError | undefined {
  const reason = whyNoPresence(presence)
  if (reason !== undefined) return wireError('bad-value', reason, REF)
  for (const place of [...presence.at, ...presence.of]) {
    if (typeof place === 'string') continue
    const collection = findCollection(manifest, place.collection)
    if (!collection)
      return wireError('unknown-collection', `There is no collection "${place.collection}".`, REF)
    const field = 'field' in place ? place.field : undefined
    if (field !== undefined && !collection.columns.some(({ name }) => name === field))
      return wireError('unknown-column', `"${place.collection}" has no column "${field}".`, REF)
  }
  return undefined
}

const REF = { ref: 'presence' } as const
