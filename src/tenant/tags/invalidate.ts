import { ALL_TAGS, Patterns, readRules, touchedTags } from '../../core/access/tags.ts'
import type { RecordChange } from '../../core/query/changes.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { Log } from '../../platform/log-line.ts'
import { wireError } from '../../protocol/errors.ts'
import { MAX_TAGS_CHARACTERS, MAX_WATCHES } from '../../protocol/limits.ts'
import type { Registry } from '../../protocol/up/watch.ts'
import { alone } from '../sessions/alone.ts'
import type { Deadlines } from '../sessions/deadlines.ts'
import type { Session } from '../sessions/session.ts'
import type { Store } from '../storage/store.ts'
import type { TagWatches } from './tag-watches.ts'
import type { TouchedSince } from './touched-since.ts'

type Tagging = { readonly app: TidemarkApp; readonly log: Log }

/** The means to tell sessions which tags were touched. */
export type Invalidating = Tagging & Deadlines & { readonly store: Store; readonly watches: TagWatches }

/** The means to take watches in. */
export type TakingWatches = Tagging & {
  readonly store: Store
  readonly watches: TagWatches
  readonly lifecycle: { readonly isComplete: boolean }
  readonly touched: TouchedSince
}

/**
 * Tells those who watch which cache tags changes have touched: one frame each, with what its reader may
 * know of. To be called before the rows are sent. Tags are worked out once for all who may read the same.
 */
export function invalidate(parts: Invalidating, changes: () => Iterable<RecordChange>): void {
  const { watches: tagWatches, sessions, store } = parts
  if (tagWatches.all.size === 0) return
  const list = [...changes()]
  const touched = new Map<string, Set<string>>()
  for (const [id, { patterns }] of [...tagWatches.all]) {
    const session = sessions.byId(id)
    if (!session) continue
    alone(parts, session, 'invalidate', () => {
      if (sessions.endIfOver(session)) return
      const tags = bounded(patterns.matching(knownTo(parts, session, list, touched)))
      if (tags.length === 0) return
      session.send(['invalidate', { epoch: store.epoch, seq: store.head, tags }])
      session.awaitCommit(store.head)
    })
  }
}

/** Many tags, or long ones, are told as all that there are: whoever caches has to look again. */
function bounded(tags: string[]): string[] {
  let characters = 0
  for (const tag of tags) {
    characters += tag.length
    if (characters > MAX_TAGS_CHARACTERS) return [ALL_TAGS]
  }
  return tags
}

/** Takes patterns in, and tells which of their tags were touched since the place that is named. */
export function watchTags(parts: TakingWatches, session: Session, { patterns, since }: Registry): void {
  const { watches: tagWatches, store } = parts
  if (!tagWatches.add(session.id, patterns)) {
    const message = `A session may watch ${MAX_WATCHES} tags and patterns; watch a pattern for many tags.`
    session.send(['error', wireError('too-many-watches', message)])
    return
  }
  const { epoch, head: seq, committed } = store
  const tags = since ? bounded(missed(parts, session, patterns, since)) : []
  session.send(['invalidate', { epoch, seq, tags, watched: true }])
  if (tags.length === 0) return
  if (committed < seq) session.awaitCommit(seq)
  else session.send(['committed', committed])
}

function missed(
  parts: TakingWatches,
  session: Session,
  patterns: readonly string[],
  { epoch, seq }: NonNullable<Registry['since']>,
): string[] {
  const { app, log, store, touched, lifecycle } = parts
  if (epoch !== store.epoch || !lifecycle.isComplete) return [ALL_TAGS]
  try {
    const rules = readRules(app, session.claims)
    const tags = touched.tags(seq, JSON.stringify([...rules]), (change) => touchedTags(app, [change], rules))
    return tags ? new Patterns(patterns).matching(tags) : [ALL_TAGS]
  } catch (thrown) {
    return unknown(log, thrown)
  }
}

/** The touched tags that a session's person may know of. */
function knownTo(
  { app, log }: Tagging,
  session: Session,
  changes: Iterable<RecordChange>,
  known: Map<string, Set<string>>,
): Iterable<string> {
  try {
    const rules = readRules(app, session.claims)
    const key = JSON.stringify([...rules])
    const tags = known.get(key) ?? touchedTags(app, changes, rules)
    known.set(key, tags)
    return tags
  } catch (thrown) {
    return unknown(log, thrown)
  }
}

/** The application's functions failed, so whoever caches has to look again: that is never wrong. */
function unknown(log: Log, thrown: unknown): string[] {
  log('tags-failed', { error: String(thrown) })
  return [ALL_TAGS]
}
