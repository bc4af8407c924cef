import { parseArgs } from 'node:util'
import pg from 'pg'
import { type AuditOptions, auditTenant } from './audit-tenant.ts'
import { readHeads, toHeadLine } from './heads.ts'
import { eachTenant, type Head, readHead } from './read-chain.ts'
import { type Tampering, toSentence } from './tampering.ts'

const OPTIONS = {
  tenant: { type: 'string' },
  json: { type: 'boolean', default: false },
  head: { type: 'boolean', default: false },
  expect: { type: 'string' },
} as const

const USAGE = 'Usage: npm run audit -- [--tenant NAME] [--json] [--head | --expect FILE]'

/** How long a connection, and then each page, may take: a page is read in well under a second. */
const PATIENCE_MS = 60_000

/** Lines between two words on how far a long audit is. */
const TOLD_EVERY = 10_000

/** A command's answer: `code` is 1 where something was found. */
type Told = { readonly lines: readonly string[]; readonly code: 0 | 1 }

/** Does what `npm run audit` was asked for. Throws where the audit could not be made. */
export async function runAudit(
  args: readonly string[],
  findDatabase: () => Promise<string>,
  { report, ...options }: { report: (line: string) => void } & Pick<AuditOptions, 'pageLines'>,
): Promise<Told> {
  const asked = readArgs(args)
  const printed = asked.expect === undefined ? new Map<string, Head>() : await readHeads(asked.expect)
  return withClient(await findDatabase(), async (client) => {
    if (asked.head) return { lines: await printHeads(client, asked.tenant), code: 0 }
    const summary = await auditAll(client, asked.tenant, printed, {
      ...options,
      progress: tellNowAndThen(report),
    })
    return {
      lines: asked.json ? [JSON.stringify(summary)] : toLines(summary),
      code: summary.found > 0 ? 1 : 0,
    }
  })
}

function readArgs(args: readonly string[]) {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS })
    if (values.head && values.expect !== undefined)
      throw new Error('Give --head, which prints, or --expect, which compares.')
    return values
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
}

/** What an audit of one tenant or of all found. Its names are those of `--json`. */
type Summary = {
  tenants: number
  lines: number
  edits: number
  /** Tenants that are being deleted. */
  erasing: string[]
  found: number
  tampering: Tampering[]
}

async function auditAll(
  client: pg.Client,
  only: string | undefined,
  printed: ReadonlyMap<string, Head>,
  options: AuditOptions,
): Promise<Summary> {
  const summary: Summary = { tenants: 0, lines: 0, edits: 0, erasing: [], found: 0, tampering: [] }
  const add = async (tenant: string) => {
    const audit = await auditTenant(client, tenant, { ...options, printed: printed.get(tenant) })
    if (audit.unknown && !printed.has(tenant))
      throw new Error(`There is no tenant ${tenant} in this database.`)
    if (!audit.unknown) summary.tenants += 1
    summary.lines += audit.lines
    summary.edits += audit.edits
    summary.found += audit.found
    summary.tampering.push(...audit.tampering)
    if (audit.erasing) summary.erasing.push(tenant)
  }
  if (only !== undefined) {
    await add(only)
    return summary
  }
  const left = new Set(printed.keys())
  for await (const tenant of eachTenant(client)) {
    left.delete(tenant)
    await add(tenant)
  }
  for (const tenant of left) await add(tenant)
  return summary
}

async function printHeads(client: pg.Client, only: string | undefined): Promise<string[]> {
  const lines: string[] = []
  for await (const tenant of only === undefined ? eachTenant(client) : [only]) {
    const head = await readHead(client, tenant)
    if (head) lines.push(toHeadLine(tenant, head))
    else if (only !== undefined) throw new Error(`There is no ledger of a tenant ${only} in this database.`)
  }
  return lines
}

function toLines({ tenants, lines, edits, erasing, found, tampering }: Summary): string[] {
  const said = tampering.map(toSentence)
  if (found > said.length) said.push(`${count(found - said.length, 'more finding')} like these.`)
  for (const tenant of erasing)
    said.push(`${tenant} is being deleted: of its lines only the content was checked.`)
  const checked = `Checked ${count(tenants, 'tenant')}, ${count(lines, 'line')}, ${count(edits, 'edit')}`
  return [...said, `${checked}: ${found === 0 ? 'nothing was changed.' : 'the history was tampered with.'}`]
}

const count = (number: number, of: string) =>
  `${number.toLocaleString('en-GB')} ${of}${number === 1 ? '' : 's'}`

function tellNowAndThen(report: (line: string) => void): AuditOptions['progress'] {
  let told = { tenant: '', lines: 0 }
  return (tenant, lines, edits) => {
    if (tenant !== told.tenant) told = { tenant, lines: 0 }
    if (lines < told.lines + TOLD_EVERY) return
    told = { tenant, lines }
    report(`${tenant}: ${count(lines, 'line')}, ${count(edits, 'edit')} so far`)
  }
}

/** What Postgres says where the schema is missing, or is one from before the chain. */
const NOT_MIGRATED: readonly unknown[] = ['42P01', '3F000', '42703']

async function withClient(
  connectionString: string,
  work: (client: pg.Client) => Promise<Told>,
): Promise<Told> {
  const patience = { connectionTimeoutMillis: PATIENCE_MS, query_timeout: PATIENCE_MS }
  const client = new pg.Client({ connectionString, ...patience })
  // A connection that is cut fails the query that waits for it as well, and that says so.
  client.on('error', () => undefined)
  try {
    await client.connect()
    return await work(client)
  } catch (error) {
    if (error instanceof pg.DatabaseError && NOT_MIGRATED.includes(error.code))
      throw new Error(`The database has no history of this version: tidemark migrate (${error.message}).`)
    throw error
  } finally {
    await client.end()
  }
}
