import { ContentDeleted, ContentString, decodeUpdate, GC, type ID, Item } from 'yjs'
import { MAX_MANUSCRIPT_LENGTH } from '../../protocol/limits.ts'

/** The name of the one text that a manuscript has. */
export const TEXT_NAME = 't'

/** The id of Yjs by which manuscripts are made, and by which the object writes. */
export const OBJECT_WRITER = 0

/** The highest id of Yjs by which a page writes. */
export const MAX_WRITER = 0xff_ff_ff_ff

/** The extent of a manuscript: of each id of Yjs, how many units. */
export type Vector = ReadonlyMap<number, number>

/**
 * The judgement on an update for a manuscript. `missing`: it builds on what the manuscript has not got. `hostile`: no editor of
 * texts makes such a one.
 */
export type Judged =
  | { readonly is: 'good'; readonly writers: ReadonlySet<number> }
  | { readonly is: 'missing' }
  | { readonly is: 'hostile' }

/**
 * Judges an update before it meets a manuscript, so that nothing of it is there if it is refused. It may insert
 * characters and delete what there is, and nothing else: no other kind of content, no other type, no gap.
 */
export function judgeUpdate(update: Uint8Array, has: Vector): Judged {
  try {
    return judge(decodeUpdate(update), has)
  } catch {
    return { is: 'hostile' }
  }
}

function judge({ structs, ds }: ReturnType<typeof decodeUpdate>, has: Vector): Judged {
  const next = new Map<number, number>()
  const knows = (id: ID | null) =>
    id === null || id.clock < (next.get(id.client) ?? 0) || id.clock < (has.get(id.client) ?? 0)
  // What one id wrote may follow what another of the same update did, so places are looked at when all are known.
  const places: ID[] = []
  for (const struct of structs) {
    const { id, length } = struct
    const expected = Math.max(next.get(id.client) ?? 0, has.get(id.client) ?? 0)
    if (length <= 0 || length > MAX_MANUSCRIPT_LENGTH) return { is: 'hostile' }
    if (struct instanceof Item) {
      if (!isOfText(struct)) return { is: 'hostile' }
      places.push(...[struct.origin, struct.rightOrigin].flatMap((place) => place ?? []))
    } else if (!(struct instanceof GC)) return { is: 'hostile' }
    if (id.clock > expected) return { is: 'missing' }
    next.set(id.client, id.clock + length)
  }
  if (!places.every(knows)) return { is: 'missing' }
  for (const [client, deletions] of ds.clients) {
    const end = Math.max(next.get(client) ?? 0, has.get(client) ?? 0)
    if (deletions.some(({ clock, len }) => clock + len > end)) return { is: 'missing' }
  }
  const writers = [...next].filter(([client, end]) => end > (has.get(client) ?? 0)).map(([client]) => client)
  return { is: 'good', writers: new Set(writers) }
}

/** Of the one text, with characters for content, or with what were some. */
function isOfText({ parent, parentSub, content, origin, rightOrigin }: Item): boolean {
  // As it is decoded, one at the top names its type.
  const type: unknown = parent
  const isCharacters = content instanceof ContentString || content instanceof ContentDeleted
  const hasPlace = type === TEXT_NAME || (type === null && (origin !== null || rightOrigin !== null))
  return isCharacters && hasPlace && parentSub === null
}
