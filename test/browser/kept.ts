import type { Page } from 'playwright-core'
import { until } from '../../dev/harness/until.ts'

/** Waits until a page can open without a network. */
export function isKept(page: Page): Promise<boolean> {
  return until('the page’s files are kept', () =>
    page.evaluate(
      async () => (await navigator.serviceWorker.getRegistration())?.active?.state === 'activated',
    ),
  )
}

/** What is on the browser's disk of a person: how many rows and unsent edits. */
export function onDisk(page: Page, person: string): Promise<{ rows: number; edits: number }> {
  return page.evaluate(async (owner) => {
    const names = (await indexedDB.databases()).flatMap(({ name }) => name ?? [])
    const name = names.find((one) => one.startsWith('tidemark ') && one.endsWith(`"${owner}"]`))
    if (name === undefined) return { rows: 0, edits: 0 }
    const result = <Result>(request: IDBRequest<Result>) =>
      new Promise<Result>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const database = await result(indexedDB.open(name))
    try {
      const stores = database.transaction(['rows', 'edits'])
      const [rows, edits] = await Promise.all([
        result(stores.objectStore('rows').count()),
        result(stores.objectStore('edits').count()),
      ])
      return { rows, edits }
    } finally {
      database.close()
    }
  }, person)
}

/** Waits until the browser's disk has so many rows at least of a person. */
export function keepsRows(page: Page, person: string, rows: number): Promise<boolean> {
  return until(`${rows} rows of ${person} are kept`, async () => (await onDisk(page, person)).rows >= rows)
}
