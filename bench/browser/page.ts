import { createClient } from '../../client/src/index.ts'
import type { App } from '../../src/app/sync.ts'

/** What a page needs to be a client. */
export type Address = { readonly url: string; readonly tenant: string; readonly token: string }

type Db = ReturnType<typeof connect>

const connect = ({ url, tenant, token }: Address) => createClient<App>({ url, tenant, getToken: () => token })

let db: Db | undefined

/** The client of `load`. */
function theClient(): Db {
  if (!db) throw new Error('nothing is loaded')
  return db
}

/** What the measurement has the page do; each step is called from outside, and is over when it resolves. */
export const steps = {
  /** Becomes a client, and waits for the first result of a live query over all rows. */
  async load(address: Address): Promise<{ ms: number; rows: number }> {
    const begun = performance.now()
    db = connect(address)
    const all = db.invoices.all()
    const rows = await new Promise<number>((resolve) => {
      all.subscribe((snapshot) => snapshot.status === 'ready' && resolve(snapshot.rows.length))
    })
    return { ms: performance.now() - begun, rows }
  },

  /** A second live query over them: a window in another order. */
  async watchWindow(): Promise<number> {
    const query = theClient().invoices.all().orderBy('totalCents', 'desc').limit(100)
    return await new Promise((resolve) => {
      query.subscribe((snapshot) => snapshot.status === 'ready' && resolve(snapshot.rows.length))
    })
  },

  /** Waits until the row says so, as a live query shows it. */
  async untilSaid(id: string, notes: string): Promise<void> {
    const { invoices } = theClient()
    await new Promise<void>((resolve) => {
      const look = () => invoices.get(id)?.notes === notes && resolve()
      invoices.all().subscribe(look)
      look()
    })
  },

  /** Edits many rows at once, and waits until all of that is in the log. */
  async editMany(ids: readonly string[]): Promise<void> {
    const { invoices } = theClient()
    const handles = ids.map((id) =>
      invoices.update(id, (draft) => {
        draft.reminders += 1
      }),
    )
    await Promise.all(handles.map(({ accepted }) => accepted))
  },
}

Object.assign(globalThis, { steps })
