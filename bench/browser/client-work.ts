import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { startDatabase } from '../load/database.ts'
import { PLAIN_TENANT } from '../load/measure.ts'
import { rowId, rowOf } from '../load/rows.ts'
import { startServer } from '../load/servers.ts'
import type { Writer } from '../load/target.ts'
import { tidemarkTarget } from '../load/tidemark-target.ts'
import { servePage } from './open-page.ts'
import type { Address, steps as pageSteps } from './page.ts'

/** How much a client has to do. */
export const WORK = { rows: 100_000, remoteChanges: 10_000, ownEdits: 1_000 }

/** What others write at a time, and how long it is until they write more. */
const BATCH = 500
const BATCHES_APART_MS = 60

/** Where the page finds the same rows as plain JSON, and how many stand in a line. */
const ROWS_PATH = '/rows'
const ROWS_OF_A_LINE = 1_000

/** In the page, where the module has put it. */
declare const steps: typeof pageSteps

/** What a client in a page is given to do, one after the other. */
export class ClientWork {
  readonly #page: Page
  readonly #address: Address
  readonly #write: Writer
  readonly #round: string
  #times = 0

  /** @param round names what others write, so that it is seen to be new */
  constructor(page: Page, { address, write }: Surroundings, round: string) {
    this.#page = page
    this.#address = address
    this.#write = write
    this.#round = round
  }

  /** Connects, and waits for the first result of a live query over all rows. Returns how long that took, in ms. */
  async load(): Promise<number> {
    const { ms, rows } = await this.#page.evaluate((to) => steps.load(to), this.#address)
    if (rows !== WORK.rows) throw new Error(`the page has ${rows} rows`)
    return ms
  }

  /** The floor: reads and holds the same rows as plain JSON. Returns how long that took, in ms. */
  async loadPlainly(): Promise<number> {
    const { ms, rows } = await this.#page.evaluate((url) => steps.loadPlainly(url), ROWS_PATH)
    if (rows !== WORK.rows) throw new Error(`the page has ${rows} plain rows`)
    return ms
  }

  /** Opens a second live query. */
  async openWindow(): Promise<void> {
    await this.#page.evaluate(() => steps.watchWindow())
  }

  /** Is told what others change. */
  async hearOfOthers(): Promise<void> {
    const referenceOf = this.#nextReferences()
    const place = WORK.remoteChanges - 1
    const last = [rowId(place), referenceOf(place)] as const
    const said = this.#page.evaluate(([id, reference]) => steps.untilSaid(id, reference), last)
    await this.#writeMany(WORK.remoteChanges, referenceOf)
    await said
  }

  /** Comes back with edits that were made without a connection, onto rows that others changed meanwhile. */
  async comeBackWithEdits(): Promise<void> {
    const ids = Array.from({ length: WORK.ownEdits }, (_, place) => rowId(place))
    await this.#page.evaluate((all) => steps.editCutOff(all), ids)
    await this.#writeMany(WORK.ownEdits, this.#nextReferences())
    const refused = await this.#page.evaluate(() => steps.comeBack())
    if (refused > 0) throw new Error(`${refused} edits of the page were not taken`)
  }

  #nextReferences(): (place: number) => string {
    this.#times += 1
    const time = `${this.#round}.${this.#times}`
    return (place) => `written ${place} in ${time}`
  }

  async #writeMany(count: number, referenceOf: (place: number) => string): Promise<void> {
    for (let from = 0; from < count; from += BATCH) {
      this.#write(
        Array.from({ length: BATCH }, (_, i) => ({ id: rowId(from + i), reference: referenceOf(from + i) })),
      )
      await pause(BATCHES_APART_MS)
    }
  }
}

function plainRows(): string {
  const lines: string[] = []
  for (let from = 0; from < WORK.rows; from += ROWS_OF_A_LINE)
    lines.push(JSON.stringify(Array.from({ length: ROWS_OF_A_LINE }, (_, i) => rowOf(from + i))))
  return `${lines.join('\n')}\n`
}

/** What surrounds a client: a page that is served, a server with rows, and somebody else who writes. */
export type Surroundings = AsyncDisposable & {
  readonly origin: string
  readonly address: Address
  readonly write: Writer
}

/** @param options.minify whether the page's code is as it is delivered, or as it can be read */
export async function startSurroundings(options: { readonly minify: boolean }): Promise<Surroundings> {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await startDatabase(PLAIN_TENANT, 1))
  const { origin } = stack.use(
    await servePage(new URL('.', import.meta.url), { ...options, more: { [ROWS_PATH]: plainRows() } }),
  )
  const server = stack.use(await startServer('tidemark', database, WORK.rows, { origins: origin }))
  const [token = '', ofWriter = ''] = await server.tokens(2)
  const target = stack.adopt(tidemarkTarget(server.url, [ofWriter], 1), ({ close }) => close())
  const write = await target.openWriter(0)
  const started = stack.move()
  return {
    origin,
    address: { url: server.url, tenant: server.tenant, token },
    write,
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
