import type { Reading } from '../core/metrics/reading.ts'
import type { TenantReadings } from '../platform/objects.ts'
import type { Sql, Storage } from '../platform/platform.ts'

/** The last reading of a tenant that has not been heard of for so long is forgotten, in ms. */
export const READING_KEPT_MS = 24 * 3_600_000

/** Characters of a reading: far more than any has, and less than a row may be. */
const MAX_READING = 500_000

const SCHEMA = `
  -- What tenants' objects have counted, as they told it last. at: ms since 1970.
  CREATE TABLE IF NOT EXISTS reading (tenant TEXT PRIMARY KEY, at INTEGER NOT NULL, reading TEXT NOT NULL)
    WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS reading_at ON reading (at);
`

/** The last readings of tenants, so that whoever asks for all of them wakes none. */
export class ReadingList {
  readonly #sql: Sql

  constructor({ sql }: Storage) {
    this.#sql = sql
    this.#sql.exec(SCHEMA)
  }

  /** Keeps a tenant's reading in place of the last one. */
  put(tenant: string, reading: Reading, now: number): void {
    const text = JSON.stringify(reading)
    if (text.length > MAX_READING) return
    this.#sql.exec('INSERT OR REPLACE INTO reading (tenant, at, reading) VALUES (?, ?, ?)', tenant, now, text)
    this.#sql.exec('DELETE FROM reading WHERE at < ?', now - READING_KEPT_MS)
  }

  /**
   * The readings of the tenants that were heard of last, in the order of their names, and how many there are in all.
   *
   * @param wanted the tenants that count; all where it is absent
   */
  latest(limit: number, wanted?: readonly string[]): TenantReadings {
    const among = wanted ? 'WHERE tenant IN (SELECT value FROM json_each(?))' : ''
    const names = wanted ? [JSON.stringify(wanted)] : []
    const rows = this.#sql
      .exec<{ tenant: string; reading: string }>(
        `SELECT tenant, reading FROM (SELECT * FROM reading ${among} ORDER BY at DESC LIMIT ?) ORDER BY tenant`,
        ...names,
        limit,
      )
      .toArray()
    const { tenants } = this.#sql
      .exec<{ tenants: number }>(`SELECT count(*) AS tenants FROM reading ${among}`, ...names)
      .one()
    // Written by `put` and by nothing else.
    return {
      tenants,
      readings: rows.map(({ tenant, reading }) => ({ tenant, reading: JSON.parse(reading) })),
    }
  }
}
