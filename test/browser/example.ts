import { afterAll, beforeAll } from 'vitest'
import { type Browser, openBrowser } from '../../dev/harness/browser.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { seed } from '../../examples/invoices/seed/seed.ts'

/** An invoice by its id and by its name. */
export type Known = { readonly id: string; readonly number: string }

/** The seeded example and a browser. They are there once the tests of a file run, and end with them. */
export type Example = {
  readonly stack: Stack
  readonly browser: Browser
  /** The newest invoices of tenant `acme` that have been sent. */
  readonly sent: readonly Known[]
}

/** Starts the example before the tests of a file, and ends it after them. */
export function useExample(): Example {
  let running: Example | undefined
  const get = () => {
    if (!running) throw new Error('the example runs while tests do')
    return running
  }
  beforeAll(async () => {
    const stack = await startStack({ prepare: seed })
    const rows = await stack.sql(
      "SELECT id, number FROM invoices WHERE tenant_id = 'acme' AND status = 'sent' ORDER BY number DESC LIMIT 4",
    )
    const sent = rows.map(({ id, number }) => ({ id: String(id), number: String(number) }))
    running = { stack, browser: await openBrowser(), sent }
  })
  afterAll(async () => {
    await running?.browser.close()
    await running?.stack.stop()
  })
  return {
    get stack() {
      return get().stack
    },
    get browser() {
      return get().browser
    },
    get sent() {
      return get().sent
    },
  }
}
