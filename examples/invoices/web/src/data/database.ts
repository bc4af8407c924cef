import { type Client, createClient } from '@tidemark/client'
import { conflicts } from '@tidemark/client/conflicts'
import { history } from '@tidemark/client/history'
import { notifications } from '@tidemark/client/notifications'
import { presence } from '@tidemark/client/presence'
import type { App } from '../../../sync.ts'
import { fetchIdentity } from '../session/people.ts'

/** The application's collections as this browser holds them. */
export type Database = Client<App>

type Collections = NonNullable<App['types']>

export type Invoice = Readonly<Collections['invoices']['row']>
export type Contact = Readonly<Collections['contacts']['row']>
export type Payment = Readonly<Collections['payments']['row']>
export type Profile = Readonly<Collections['businessProfile']['row']>

/** The panel for developers, which is in nothing that is deployed. */
const panel = import.meta.env.MODE === 'development' ? await import('@tidemark/client/devtools') : undefined

export function openDatabase(person: string, tenant: string): Database {
  const trace = panel?.devtools()
  trace?.mount(document.body)
  return createClient<App>({
    url: '/',
    tenant,
    getToken: async ({ signal }) => (await fetchIdentity(person, signal)).token,
    parts: [conflicts(), notifications(), presence(), history()],
    ...(trace && { trace }),
  })
}
