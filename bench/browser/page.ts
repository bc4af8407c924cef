import { createClient, type EditResult } from '../../client/src/index.ts'
import type { App } from '../../examples/invoices/sync.ts'

/** What a page needs to be a client. */
export type Address = { readonly url: string; readonly tenant: string; readonly token: string }

type Db = ReturnType<typeof connect>

const connect = ({ url, tenant, token }: Address) => createClient<App>({ url, tenant, getToken: () => token })

let db: Db | undefined

/** What the floor holds, so that nothing of it is collected while it is measured. */
let held: ReadonlyMap<string, unknown> = new Map()

const sockets = new Set<WebSocket>()
let isCut = false

/** Where nobody listens. */
const NOWHERE = 'ws://127.0.0.1:9'

/** Sockets that can be cut, and then lead nowhere until they may again. */
globalThis.WebSocket = class extends WebSocket {
  constructor(url: string | URL, protocols?: string | string[]) {
    super(isCut ? NOWHERE : url, protocols)
    sockets.add(this)
  }
}

/** Edits of one task: what a person or a form makes at once, and more. */
const EDITS_OF_A_TASK = 100

/** The client of `load`. */
function theClient(): Db {
  if (!db) throw new Error('nothing is loaded')
  return db
}

/** Edits whose outcome is not known. */
const waiting: Promise<EditResult>[] = []

/** What the measurement has the page do; each step is called from outside, and is over when it resolves. */
export const steps = {
  /** The floor: reads the same rows as plain JSON, some in a line, and holds them by their ids. */
  async loadPlainly(url: string): Promise<{ ms: number; rows: number }> {
    const begun = performance.now()
    const rows = new Map<string, unknown>()
    const { body } = await fetch(url)
    if (!body) throw new Error('there is nothing to read')
    let rest = ''
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) for (const row of JSON.parse(line)) rows.set(row.id, row)
    }
    held = rows
    return { ms: performance.now() - begun, rows: held.size }
  },

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
  async untilSaid(id: string, reference: string): Promise<void> {
    const { invoices } = theClient()
    await new Promise<void>((resolve) => {
      const look = () => invoices.get(id)?.reference === reference && resolve()
      invoices.all().subscribe(look)
      look()
    })
  },

  /** Cuts the connection, and edits many rows meanwhile. Resolves when all those edits wait. */
  async editCutOff(ids: readonly string[]): Promise<void> {
    isCut = true
    for (const socket of sockets) socket.close()
    sockets.clear()
    const { invoices } = theClient()
    for (let from = 0; from < ids.length; from += EDITS_OF_A_TASK) {
      for (const id of ids.slice(from, from + EDITS_OF_A_TASK)) {
        const { accepted } = invoices.update(id, (draft) => {
          draft.reminders += 1
        })
        waiting.push(accepted)
      }
      await new Promise((resolve) => setTimeout(resolve))
    }
  },

  /** Connects again, and waits until all edits are in the log. Returns how many were not taken. */
  async comeBack(): Promise<number> {
    isCut = false
    theClient().connection.retry()
    const results = await Promise.all(waiting.splice(0))
    return results.filter(({ ok }) => !ok).length
  },
}

Object.assign(globalThis, { steps })
