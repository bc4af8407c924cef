import type { LedgerPosition } from '../../core/outbox/batch.ts'
import type { KeyRange } from '../../core/outbox/postgres-port.ts'
import { TENANT_COLUMN } from '../../define/describe-table.ts'
import { BY_KEY, nameless, quote, readable, relation, wireColumns } from './read-statements.ts'
import type { Registered } from './registered.ts'
import type { Statement } from './statement.ts'

/** Bytes of JSON at which a range ends, unless its first row alone has more. */
const MAX_BYTES = 1_000_000

const ROWS = `coalesce(json_agg(${readable('text::json', 'octet_length(text)')} ORDER BY id), '[]')`

/** As `core/compare.ts` has it: the rows' texts, with a line feed between any two. */
const DIGEST = `encode(sha256(convert_to(coalesce(string_agg(text, chr(10) ORDER BY id), ''), 'UTF8')), 'hex')`

/**
 * Reads a range of a tenant's rows: their digest, or the rows themselves, with a poll for
 * external changes. The isolation level makes it all as of one moment.
 *
 * A range ends after `limit` rows or `MAX_BYTES`, with one row at least; `upTo` says where it did.
 */
export function rangeStatement(
  tenant: string,
  { table, collection }: Registered,
  { after, upTo, limit, whole, ids }: KeyRange,
  position: LedgerPosition,
  cursor: string,
): Statement {
  const id = `${relation(table.name)}.${quote('id')} COLLATE "C"`
  const params: Statement['params'][number][] = [
    tenant,
    after,
    limit,
    position.epoch,
    position.after,
    position.head,
    cursor,
  ]
  const given = (value: string) => `$${params.push(value)}`
  const upToIt = upTo === undefined ? '' : `AND ${id} <= ${given(upTo)}`
  const onlyThese =
    ids && `AND ${quote('id')} IN (SELECT json_array_elements_text(${given(JSON.stringify(ids))}::json))`
  const text = `WITH page AS (
    SELECT ${wireColumns(table, collection)} FROM ${relation(table.name)}
      WHERE ${quote(TENANT_COLUMN)} = $1 AND ${id} > $2 ${upToIt} ${onlyThese ?? ''}
      ORDER BY ${id} LIMIT $3
  ), texts AS (
    SELECT id COLLATE "C" AS id, row_to_json(page.*)::text AS text FROM page
  ), measured AS (
    SELECT id, text,
        coalesce(sum(octet_length(text)) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
          < ${MAX_BYTES} AS fits
      FROM texts
  )
  SELECT json_build_object(
      'applied', ledger.applied_seq,
      'nameless', ${ids ? 'false' : nameless(table, '$1', '$2')},
      'upTo', (SELECT max(id) FILTER (WHERE fits) FROM measured HAVING count(*) = $3 OR NOT bool_and(fits)),
      ${whole ? `'rows', (SELECT ${ROWS}` : `'digest', (SELECT ${DIGEST}`} FROM measured WHERE fits),
      'looked', tidemark.look($1, $4, $5, $6, $7)
    ) AS answer
    FROM (SELECT) AS once LEFT JOIN tidemark.ledger ON ledger.tenant_id = $1`
  return { text, params, settings: BY_KEY, isolation: 'RepeatableRead' }
}
