import { rightsOf } from '../../core/access/rights.ts'
import { knownTagsOf } from '../../core/access/tags.ts'
import type { Claims } from '../../core/app/application.ts'
import { defineView, type Rights, type View, valuesOf } from '../../core/query/view.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { Log } from '../../platform/log-line.ts'
import { decodeQuery } from '../../protocol/codec/codec.ts'
import { wireError } from '../../protocol/errors.ts'
import type { ReadAnswer } from '../../protocol/internal/tenant-answers.ts'
import { MAX_READ_CHARACTERS, MAX_READ_ROWS } from '../../protocol/limits.ts'
import type { Store } from '../storage/store.ts'
import { type ReadVersions, versionOf } from './read-versions.ts'
import type { Views } from './views.ts'

/** The means to read once. */
export type Reading = {
  readonly app: TidemarkApp
  readonly store: Store
  readonly views: Views
  readonly versions: ReadVersions
  readonly log: Log
  readonly lifecycle: { readonly isComplete: boolean }
}

/**
 * Reads what a query shows somebody, once. Whoever names the version that it still has is told so; as long as nothing
 * in the collection has changed, no row is looked at for that.
 */
export function readQuery(
  parts: Reading,
  claims: Claims,
  text: string,
  known: readonly string[],
): ReadAnswer {
  const { app, log, lifecycle, store, versions, views } = parts
  if (!lifecycle.isComplete) return { is: 'loading' }
  const decoded = decodeQuery(text)
  if (!decoded.ok) return { is: 'refused', error: decoded.error }
  const query = decoded.frame
  try {
    const rights = rightsOf(app, claims, query.collection)
    const view = defineView(app.manifest, query, rights)
    if ('code' in view) return { is: 'refused', error: view }
    const asked = JSON.stringify([store.epoch, query, rights, app.manifest.hash])
    const place = views.changedAt(query.collection)
    const held = versions.get(asked, place)
    if (held !== undefined && known.includes(held)) return { is: 'unchanged', version: held }
    const read = readRows(parts, view, rights.hidden)
    if ('error' in read) return read
    const version = versionOf(store.epoch, read.content)
    const seq = versions.note(asked, { place, version, seq: store.head })
    if (known.includes(version)) return { is: 'unchanged', version }
    const { content, tags } = read
    return { is: 'read', version, text: `{${content},"seq":${seq}}`, tags }
  } catch (thrown) {
    // A rule or a function for tags of the application, or a record that cannot be read.
    log('read-failed', { collection: query.collection, error: String(thrown) })
    const message = 'This could not be read; ask whoever runs the service.'
    return { is: 'refused', error: wireError('internal', message) }
  }
}

type Read = { readonly content: string; readonly tags: readonly string[] } | Refused
type Refused = Extract<ReadAnswer, { is: 'refused' }>

function readRows({ app, store }: Reading, view: View, hidden: Rights['hidden']): Read {
  const { columns, collection } = view
  const rows: string[] = []
  let room = MAX_READ_CHARACTERS
  // An empty list goes stale with the first record, whatever that one's own tags are.
  const found = new Set([`${collection.name}_list`])
  for (const row of store.rows.scan(view)) {
    if (rows.length === view.limit) break
    if (rows.length === MAX_READ_ROWS) return tooLarge(`${MAX_READ_ROWS} rows`)
    const text = JSON.stringify(valuesOf(view, row))
    room -= text.length
    for (const tag of knownTagsOf(app, collection.name, row, hidden)) {
      // In the answer and beside it.
      if (!found.has(tag)) room -= 2 * tag.length
      found.add(tag)
    }
    if (room < 0) return tooLarge(`${MAX_READ_CHARACTERS / MEGA} million characters`)
    rows.push(text)
  }
  const tags = [...found].sort()
  const [names, list] = [JSON.stringify(columns), JSON.stringify(tags)]
  return { content: `"columns":${names},"rows":[${rows.join()}],"tags":${list}`, tags }
}

const MEGA = 1024 * 1024

/** Said before more is read than can be answered. */
function tooLarge(most: string): Refused {
  const message = `One read brings ${most} at most; ask with a limit and go on with "after", or select fewer columns.`
  return { is: 'refused', error: wireError('too-large', message) }
}
