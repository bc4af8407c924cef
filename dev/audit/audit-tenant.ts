import type pg from 'pg'
import { type ChainPage, findLine, type Head, readPage } from './read-chain.ts'
import type { Tampering } from './tampering.ts'
import { type Found, Walk } from './walk.ts'

/** Lines of a page. Their texts are hashed in Postgres, at about a hundredth of a second for a megabyte. */
const PAGE_LINES = 200

/** What is found wrong of one tenant in full; the rest is counted. */
const MOST_TOLD = 100

/** What was found of one tenant. */
export type TenantAudit = {
  readonly lines: number
  readonly edits: number
  /** The tenant is being deleted, so only the content of its lines was checked. */
  readonly erasing: boolean
  /** Neither a ledger nor a line. */
  readonly unknown: boolean
  readonly tampering: readonly Tampering[]
  /** How much was found, told or not. */
  readonly found: number
}

/** Walks the chain of one tenant, which may be written to meanwhile. Reads, and locks nothing. */
export async function auditTenant(
  client: pg.Client,
  tenant: string,
  { printed, pageLines = PAGE_LINES, progress }: AuditOptions = {},
): Promise<TenantAudit> {
  const walk = new Walk(tenant, printed)
  const tampering: Tampering[] = []
  let [lines, edits, found] = [0, 0, 0]
  const tell = async (all: readonly Found[]) => {
    found += all.length
    for (const { follows, ...one } of all)
      if (tampering.length < MOST_TOLD) tampering.push(await placed(client, one, follows))
  }
  let page: ChainPage | undefined
  do {
    page = await readPage(client, tenant, page?.next, pageLines)
    for (const line of page.lines) {
      await tell(walk.take(line, page.end))
      lines += 1
      if (line.firstSeq !== undefined) edits += Math.max(0, Number(line.lastSeq) - line.firstSeq + 1)
    }
    progress?.(tenant, lines, edits)
  } while (page.next)
  await tell(walk.end(page.end))
  const erasing = page.end?.erasing ?? false
  return { lines, edits, erasing, unknown: !page.end && lines === 0, tampering, found }
}

/** How a tenant is audited. */
export type AuditOptions = {
  /** The end of its chain as it was printed earlier. */
  readonly printed?: Head | undefined
  readonly pageLines?: number
  /** Told after every page. */
  readonly progress?: ((tenant: string, lines: number, edits: number) => void) | undefined
}

/** A line that was written after one that is now elsewhere was moved, or that one was. */
async function placed(client: pg.Client, one: Tampering, follows: string | undefined): Promise<Tampering> {
  const elsewhere = follows === undefined ? undefined : await findLine(client, one.tenant, follows)
  if (elsewhere === undefined) return one
  const message = `the order was changed: the line after this one was written after what is line ${elsewhere} now.`
  return { ...one, kind: 'moved', message }
}
