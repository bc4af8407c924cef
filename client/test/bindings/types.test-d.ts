import { QueryClient, QueryObserver } from '@tanstack/query-core'
import { expectTypeOf } from 'vitest'
import { bindInvalidation, queryOptions } from '../../src/tanstack-query.ts'
import type { DeskClient } from '../support/desk.ts'

/** What the compiler says of the bindings. */
export function typed({ db }: DeskClient): void {
  const queryClient = new QueryClient()
  bindInvalidation(queryClient, db, (tag) => (tag === 'x' ? undefined : [tag]))
  // @ts-expect-error there is no such place
  bindInvalidation(queryClient, db, (tag) => [tag], { at: 'soon' })
  const observer = new QueryObserver(queryClient, queryOptions(db.notes.where({ stars: 1 })))
  expectTypeOf(observer.getCurrentResult().data?.[0]?.title).toEqualTypeOf<string | undefined>()
  const picked = new QueryObserver(queryClient, {
    ...queryOptions(db.notes.all()),
    select: (rows) => rows.length,
  })
  expectTypeOf(picked.getCurrentResult().data).toEqualTypeOf<number | undefined>()
}
