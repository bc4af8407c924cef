import { AsOf } from '../../core/log/as-of.ts'
import type { TidemarkApp } from '../../define/define-app.ts'
import type { Row } from '../../protocol/value.ts'
import type { Store } from '../storage/store.ts'

type Exporting = { readonly app: TidemarkApp; readonly store: Store }

/** Records read at a time: enough to be quick, few enough to leave room for edits in between. */
const PAGE_RECORDS = 500

/** Characters of them, for records that are large: a page is in memory as a whole, and one that waits to be taken. */
const PAGE_CHARACTERS = 1024 * 1024

/**
 * Streams all of a tenant's rows at the place where the log stands now, as lines of JSON: first what is
 * exported, then a row a line, last how many there were, so that a cut stream is noticed. Edits go on
 * meanwhile. Read at the pace of whoever takes it.
 */
export function exportStream(parts: Exporting): ReadableStream<Uint8Array> {
  const lines = exportPages(parts)
  const encoder = new TextEncoder()
  return new ReadableStream({
    type: 'bytes',
    pull(controller) {
      const next = lines.next()
      if (next.done) controller.close()
      else controller.enqueue(encoder.encode(next.value))
    },
  })
}

function* exportPages({ app, store }: Exporting): Generator<string> {
  const { tenant, epoch, head: seq, committed } = store
  const collections = app.manifest.collections.map(({ name }) => name)
  yield line({ tenant, epoch, seq, committed, collections })
  const asOf = new AsOf()
  let polled = seq
  let rows = 0
  for (const collection of collections) {
    let after = ''
    for (;;) {
      // The log and the records are read in one go, so they are of one moment.
      if (store.epoch !== epoch || store.floor > polled)
        throw new Error('the log moved on too far; export again')
      asOf.take([...store.entries(polled)], (name, id) => store.record(name, id)?.row)
      polled = store.head
      const page = store.rows.page(collection, after, { records: PAGE_RECORDS, characters: PAGE_CHARACTERS })
      const last = page.at(-1)
      if (!last) break
      after = last.id
      const kept = page.flatMap(({ id, row }): Row[] => {
        const then = asOf.row(collection, id, row)
        return then ? [then] : []
      })
      rows += kept.length
      if (kept.length > 0) yield kept.map((row) => line({ collection, row })).join('')
    }
  }
  // What Postgres holds besides, and cannot be said here.
  yield line({ end: true, rows, ...(store.asides.size > 0 && { aside: store.asides.size }) })
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}
