import { until } from './until.ts'

/** A query as a client gives it. */
type Query = {
  subscribe(listener: () => void): () => void
  getSnapshot(): { readonly status: string; readonly rows: readonly { readonly id: string }[] }
}

/** Somebody with the application open: a client of the real library that holds all collections. */
export type Person<Db, Row> = {
  readonly db: Db
  /** Waits until the person's client shows the record as wanted, and returns it. */
  sees(id: string, isWanted: (row: Row) => boolean): Promise<Row>
  /** All rows the client shows, as plain data. */
  shown(): unknown
  close(): void
}

/**
 * Holds what queries show on a client, and waits until it is loaded.
 *
 * @param find gives the record of an id, in the collection that tests look at most
 */
export async function hold<Db extends { close(): void }, Row>(
  db: Db,
  name: string,
  queries: readonly Query[],
  find: (id: string) => Row | undefined,
): Promise<Person<Db, Row>> {
  const stops = queries.map((query) => query.subscribe(() => undefined))
  await until(`${name} has everything`, () =>
    queries.every((query) => query.getSnapshot().status === 'ready'),
  )
  return {
    db,
    sees: (id, isWanted) =>
      until(`${name} sees ${id} as wanted`, () => {
        const row = find(id)
        return row && isWanted(row) ? row : undefined
      }),
    shown: () => queries.map((query) => byId(query.getSnapshot().rows.map((row) => ({ ...row })))),
    close() {
      for (const stop of stops) stop()
      db.close()
    },
  }
}

function byId<Row extends { id: string }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}
