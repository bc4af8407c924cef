import { type Client, createClient } from '@tidemark/client'
import { conflicts } from '@tidemark/client/conflicts'
import { history } from '@tidemark/client/history'
import { indexedDb } from '@tidemark/client/indexeddb'
import { notifications } from '@tidemark/client/notifications'
import { presence } from '@tidemark/client/presence'
import type { App } from '../../../sync.ts'
import { fetchToken, type Person } from '../session/people.ts'

/** The application's collections as this browser holds them. */
export type Database = Client<App>

type Collections = NonNullable<App['types']>

export type Invoice = Readonly<Collections['invoices']['row']>
export type Contact = Readonly<Collections['contacts']['row']>
export type Payment = Readonly<Collections['payments']['row']>
export type Profile = Readonly<Collections['businessProfile']['row']>

/** The panel for developers, which is in nothing that is deployed. */
const panel = import.meta.env.MODE === 'development' ? await import('@tidemark/client/devtools') : undefined

/** How long after the end of the sign-in the books can be read without a connection: a working day. */
const GRACE_MS = 12 * 60 * 60 * 1_000

/** @param heard is told who the server says the person is, each time it does */
export function openDatabase({ person, tenant }: Person, heard: (person: Person) => void): Database {
  const trace = panel?.devtools()
  trace?.mount(document.body)
  return createClient<App>({
    url: '/',
    tenant,
    getToken: async ({ signal }) => {
      const signedIn = await fetchToken(person, signal)
      heard(signedIn.person)
      return signedIn.token
    },
    parts: [conflicts(), notifications(), presence(), history()],
    persist: indexedDb({ subject: person, graceMs: GRACE_MS }),
    ...(trace && { trace }),
  })
}
