import type { App } from '../../../test/fixtures/board/sync.ts'
import type { Client } from '../../src/index.ts'

/** The examples of docs/conflicts.md, which repeats the lines of each: the compiler reads them. */
export async function documented(db: Client<App>, show: (...shown: unknown[]) => void): Promise<void> {
  const stop = db.conflicts.open().subscribe(({ items, status }) => show(status, items.length))
  db.conflicts.open({ collection: 'cards', record: 'c1', field: 'notes' })
  for (const item of db.conflicts.open().getSnapshot().items) {
    const { kind, collection, record, base, yours, theirs, current } = item
    show(kind, collection, record, base, yours?.value, yours?.by, theirs?.value, theirs?.by, current)
    const edit = item.resolve('yours')
    const result = await edit.accepted
    if (!result.ok) show(result.error.message)
    if (item.collection === 'cards' && item.field === 'notes')
      item.resolve({ value: `${item.current}, and more` })
    for (const loser of item.losers) loser.restore()
    item.dismiss()
  }
  stop()
}
