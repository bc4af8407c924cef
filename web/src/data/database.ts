import { type Client, createClient } from '@tidemark/client'
import type { App } from '../../../src/app/sync.ts'
import { fetchIdentity, SignedOut } from '../session/people.ts'

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
    getToken: ({ signal }) => fetchToken(person, signal),
  })
}

/** Null when the person has to sign in; an error is worth another try. */
async function fetchToken(person: string, signal: AbortSignal): Promise<string | null> {
  try {
    return (await fetchIdentity(person, signal)).token
  } catch (error) {
    if (error instanceof SignedOut) return null
    throw error
  }
}
