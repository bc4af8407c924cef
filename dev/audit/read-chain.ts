import type pg from 'pg'
import * as v from 'valibot'
import type { ChainLine } from './line-hash.ts'

/** The end of a chain: the number and the hash, in hex, of its last line. */
export type Head = { readonly line: number; readonly hash: string }

/** The end of a tenant's chain as its ledger says. */
export type ChainEnd = Head & {
  /** The tenant is being deleted: its lines go in any order. */
  readonly erasing: boolean
}

/** Lines of a tenant in the order of their numbers, and its ledger as of the same moment. */
export type ChainPage = {
  /** Undefined where the tenant has none. */
  readonly end: ChainEnd | undefined
  readonly lines: readonly ChainLine[]
  /** Where the next page begins; undefined behind the last. */
  readonly next: PageStart | undefined
}

/** The page's last line, by which lines of one number have an order too. */
type PageStart = readonly [line: string, epoch: string, lastSeq: string]

/** The texts stay in Postgres: only their digests travel, by functions of Postgres itself. */
const SHA = (text: string) =>
  `pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(${text}, 'UTF8')), 'hex')`

const PAGE = `
  SELECT
      ledger.epoch AS owner, ledger.last_line::text AS last_line,
      pg_catalog.encode(ledger.last_hash, 'hex') AS last_hash, page.*
    FROM (SELECT) AS once
    LEFT JOIN tidemark.ledger ON ledger.tenant_id = $1
    LEFT JOIN LATERAL (
      SELECT
          batch.line::text AS line, batch.epoch, batch.last_seq::text AS last_seq, batch.edits ->> 'first' AS first,
          pg_catalog.encode(batch.previous, 'hex') AS previous, pg_catalog.encode(batch.hash, 'hex') AS hash,
          ${SHA('batch.edits::text')} AS edits, ${SHA('batch.changes')} AS changes,
          ${SHA("coalesce(batch.refusal::text, '')")} AS refusal
        FROM tidemark.history_batch AS batch
        WHERE batch.tenant_id = $1
          AND ($2::bigint IS NULL OR (batch.line, batch.epoch, batch.last_seq) > ($2::bigint, $3::text, $4::bigint))
        ORDER BY batch.line, batch.epoch, batch.last_seq LIMIT $5
    ) AS page ON true
    ORDER BY page.line::bigint, page.epoch, page.last_seq::bigint`

const NEXT_TENANT = `
  SELECT least(
      (SELECT min(tenant_id) FROM tidemark.ledger WHERE $1::text IS NULL OR tenant_id > $1),
      (SELECT min(tenant_id) FROM tidemark.history_batch WHERE $1::text IS NULL OR tenant_id > $1)
    ) AS tenant`

const ledgerSchema = v.union([
  v.object({ owner: v.string(), last_line: v.string(), last_hash: v.string() }),
  v.object({ owner: v.null() }),
])
const lineSchema = v.object({
  line: v.string(),
  epoch: v.string(),
  last_seq: v.string(),
  first: v.nullable(v.string()),
  previous: v.string(),
  hash: v.string(),
  edits: v.string(),
  changes: v.string(),
  refusal: v.string(),
})
const rowSchema = v.intersect([ledgerSchema, v.union([lineSchema, v.object({ line: v.null() })])])

/** Reads one page in one statement, so that ledger and lines are of one moment. */
export async function readPage(
  client: pg.Client,
  tenant: string,
  after: PageStart | undefined,
  limit: number,
): Promise<ChainPage> {
  const { rows } = await client.query(PAGE, [tenant, ...(after ?? [null, null, null]), limit])
  const read = v.parse(v.array(rowSchema), rows)
  const lines = read.flatMap((row) => (row.line === null ? [] : [row]))
  const [first] = read
  const last = lines.at(-1)
  return {
    end:
      first === undefined || first.owner === null
        ? undefined
        : { line: Number(first.last_line), hash: first.last_hash, erasing: first.owner === '' },
    lines: lines.map(toLine),
    next: last && lines.length === limit ? [last.line, last.epoch, last.last_seq] : undefined,
  }
}

function toLine(row: v.InferOutput<typeof lineSchema>): ChainLine {
  const first = Number(row.first ?? Number.NaN)
  return {
    line: Number(row.line),
    epoch: row.epoch,
    lastSeq: row.last_seq,
    firstSeq: Number.isSafeInteger(first) ? first : undefined,
    previous: row.previous,
    hash: row.hash,
    digests: [row.edits, row.changes, row.refusal],
  }
}

/** The number that the tenant's line of this hash has now. Undefined where there is none. */
export async function findLine(client: pg.Client, tenant: string, hash: string): Promise<number | undefined> {
  const text =
    "SELECT line::text FROM tidemark.history_batch WHERE tenant_id = $1 AND hash = pg_catalog.decode($2, 'hex') LIMIT 1"
  const { rows } = await client.query(text, [tenant, hash])
  const [found] = v.parse(v.array(v.object({ line: v.string() })), rows)
  return found && Number(found.line)
}

/** Every tenant that has a ledger or a line, each asked for by itself. */
export async function* eachTenant(client: pg.Client): AsyncGenerator<string> {
  for (
    let tenant = await nextTenant(client, null);
    tenant !== null;
    tenant = await nextTenant(client, tenant)
  )
    yield tenant
}

async function nextTenant(client: pg.Client, before: string | null): Promise<string | null> {
  const { rows } = await client.query(NEXT_TENANT, [before])
  const [answer] = v.parse(v.array(v.object({ tenant: v.nullable(v.string()) })), rows)
  return answer?.tenant ?? null
}

/** The end of a tenant's chain, as its ledger says. Undefined where it has none, or is being deleted. */
export async function readHead(client: pg.Client, tenant: string): Promise<Head | undefined> {
  const { end } = await readPage(client, tenant, undefined, 0)
  return end && !end.erasing ? { line: end.line, hash: end.hash } : undefined
}
