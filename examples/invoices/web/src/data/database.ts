import { type Client, createClient } from '@tidemark/client'
import type { App } from '../../../sync.ts'
import { fetchIdentity } from '../session/people.ts'

/** The application's collections as this browser holds them. */
export type Database = Client<App>

type Collections = NonNullable<App['types']>

export type Invoice = Readonly<Collections['invoices']['row']>
export type Contact = Readonly<Collections['contacts']['row']>
export type Payment = Readonly<Collections['payments']['row']>

export function openDatabase(person: string, tenant: string): Database {
  return createClient<App>({
    url: '/',
    tenant,
    getToken: async ({ signal }) => (await fetchIdentity(person, signal)).token,
  })
}
