import { setTimeout as pause } from 'node:timers/promises'
import type { Db } from '../../dev/invoices/person.ts'
import { type Bulk, contactId, invoiceId, OTHERS, ROWS } from './rows.ts'

/** Edits begin so many ms apart, whether earlier ones are committed or not. */
const EVERY_MS = 40

/** Far from each other, so that some rows of the bulk have arrived and others have not. */
const STRIDE = 7_919

/** People at work while a bulk statement arrives. */
export type Editing = {
  /** Makes no more edits, and waits until all are settled: how long each took until Postgres had it, in ms. */
  stop(): Promise<readonly number[]>
  /** Makes no more edits. */
  end(): void
}

/**
 * Edits a row of the bulk in another column, one in the same column, and a row that has nothing to do with it,
 * in turn. One that is refused because its record is gone by then is not counted.
 */
export function startEditing(db: Db, { prefix }: Bulk): Editing {
  const times: number[] = []
  const settled: Promise<void>[] = []
  let isOver = false
  const edit = (place: number) => {
    const id = invoiceId(prefix, (place * STRIDE) % ROWS)
    if (place % 3 === 2 || !db.invoices.get(id))
      return db.contacts.update(contactId(place % OTHERS), (contact) => {
        contact.city = `City ${place}`
      })
    return db.invoices.update(id, (invoice) => {
      if (place % 3 === 0) invoice.reminders += 1
      else invoice.reference = `edited ${place}`
    })
  }
  const measure = async (place: number) => {
    const begun = performance.now()
    const result = await edit(place).committed
    if (result.ok) times.push(performance.now() - begun)
    else if (result.error.code !== 'not-found')
      throw new Error(`an edit was refused: ${result.error.message}`)
  }
  const run = async () => {
    for (let place = 0; !isOver; place++) {
      settled.push(measure(place))
      await pause(EVERY_MS)
    }
  }
  const running = run()
  const end = () => {
    isOver = true
  }
  return {
    end,
    async stop() {
      end()
      await running
      await Promise.all(settled)
      return times
    },
  }
}
