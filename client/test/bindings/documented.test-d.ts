import { createCollection, createLiveQueryCollection, eq } from '@tanstack/db'
import type { QueryClient } from '@tanstack/query-core'
import type { Ref } from 'vue'
import type { App } from '../../../test/fixtures/board/sync.ts'
import type { Client } from '../../src/index.ts'
import { createQuery as createSolidQuery } from '../../src/solid.ts'
import { createQuery } from '../../src/svelte.ts'
import { tidemarkCollection } from '../../src/tanstack-db.ts'
import { bindInvalidation, queryOptions } from '../../src/tanstack-query.ts'
import { useQuery } from '../../src/vue.ts'

type Given = {
  readonly db: Client<App>
  readonly queryClient: QueryClient
  readonly status: Ref<'open' | 'finished'>
  readonly assignee: () => string
  readonly purge: (tags: readonly string[]) => void
  readonly show: (...shown: unknown[]) => void
}

/** The examples of docs/cache.md, and below those of docs/bindings.md: the compiler reads them. */
export function documentedCache({ db, purge }: Given): () => void {
  const stop = db.onInvalidate('cards_*', ({ tags, seq }) => console.log(tags, 'up to', seq))
  db.onInvalidate('cards_*', ({ tags }) => purge(tags), { at: 'committed', onWatched: () => purge(['*']) })
  return stop
}

export function useDocumented({ db, queryClient, status, assignee, show }: Given): void {
  bindInvalidation(queryClient, db, (tag) => tag.split('_'))
  bindInvalidation(queryClient, db, (tag) => (tag === 'cards_list' ? ['board'] : undefined))
  bindInvalidation(queryClient, db, (tag) => tag.split('_'), { at: 'accepted' })
  const options = queryOptions(db.cards.where({ status: 'open' }).orderBy('dueOn'))
  const open = useQuery(() => db.cards.where({ status: status.value }))
  const connection = useQuery(db.connection)
  const finished = createQuery(db.cards.where({ status: 'finished' }))
  const titles = () => finished.current.rows.map(({ number }) => number)
  const mine = createSolidQuery(() => db.cards.where({ assigneeId: assignee() }))
  const count = () => mine().rows.length
  const query = db.cards.all()
  const stop = query.subscribe(({ rows, status }) => show(status, rows))
  show(options.queryKey, open.value.rows, connection.value.state, titles(), count(), stop)
}

/** Those of TanStack DB. */
export function documentedCollections({ db, show }: Given, id: string): void {
  const cards = createCollection(tidemarkCollection(db.cards))
  // biome-ignore format: as the document has it
  const late = createLiveQueryCollection((q) =>
    q.from({ card: cards }).where(({ card }) => eq(card.status, 'open')).orderBy(({ card }) => card.dueOn),
  )
  cards.update(id, (card) => {
    card.notes = 'called'
  })
  show(late.toArray.map(({ number }) => number))
}
