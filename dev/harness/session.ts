import pg from 'pg'

/** A connection to Postgres, as any program has one. */
export type Session = AsyncDisposable & { query: pg.Client['query'] }

export async function openSession(connectionString: string): Promise<Session> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  return { query: client.query.bind(client), [Symbol.asyncDispose]: () => client.end() }
}
