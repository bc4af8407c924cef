import { type Client, createClient, type EditResult } from '../../client/src/index.ts'
import type { App } from '../../examples/invoices/sync.ts'
import type { Address } from '../browser/page.ts'

/** What was looked at, frame by frame. */
export type Looked = {
  /** Animation frames since the first toggle. */
  readonly frames: number
  /** Those that showed another than the author's latest choice, or less of others' edits than a frame before. */
  readonly backwards: number
}

const PAUSE_MS = 80

const own = elementOf('own')
const others = elementOf('others')

let db: Client<App> | undefined

function elementOf(id: string): HTMLElement {
  const element = document.getElementById(id)
  if (!element) throw new Error(`the page has no ${id}`)
  return element
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** What the measurement has the page do; each step is called from outside, and is over when it resolves. */
export const steps = {
  /** Shows an invoice; resolves when it is live. */
  async open({ url, tenant, token }: Address, id: string): Promise<void> {
    db = createClient<App>({ url, tenant, getToken: () => token })
    const query = db.invoices.where({ id })
    await new Promise<void>((resolve) => {
      query.subscribe(({ rows: [row] }) => {
        if (!row) return
        own.textContent = row.notes
        others.textContent = String(row.reminders)
        resolve()
      })
    })
  },

  /** Toggles the notes rapidly, and looks at each frame until all of it is in Postgres and has been shown for long. */
  async toggle(id: string, choices: readonly string[], afterMs: number): Promise<Looked> {
    if (!db) throw new Error('nothing is open')
    let wanted = own.textContent ?? ''
    let most = Number(others.textContent)
    let [frames, backwards] = [0, 0]
    let isOver = false
    const look = () => {
      if (isOver) return
      const reminders = Number(others.textContent)
      frames += 1
      if (own.textContent !== wanted || reminders < most) backwards += 1
      most = Math.max(most, reminders)
      requestAnimationFrame(look)
    }
    requestAnimationFrame(look)
    const edits: Promise<EditResult>[] = []
    for (const choice of choices) {
      wanted = choice
      const edit = db.invoices.update(id, (invoice) => {
        invoice.notes = choice
      })
      edits.push(edit.committed)
      await pause(PAUSE_MS)
    }
    const results = await Promise.all(edits)
    if (results.some(({ ok }) => !ok)) throw new Error('a toggle was not taken')
    await pause(afterMs)
    isOver = true
    return { frames, backwards }
  },
}

Object.assign(globalThis, { steps })
