import { relative } from 'node:path'
import type pg from 'pg'
import { type History, OtherHistory, readProgress } from '../migration-history.ts'
import { type Finding, stop } from './finding.ts'

/** Finds the migrations that a database lacks, and those that it has from elsewhere. */
export async function findPending(client: pg.Client, histories: readonly History[]): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const history of histories) {
    const place = relative('', history.folder)
    try {
      const { pending, total } = await readProgress(client, history)
      if (pending === 0) continue
      findings.push(stop(place, `${pending} of ${total} have not been applied. Run tidemark migrate.`))
    } catch (error) {
      if (!(error instanceof OtherHistory)) throw error
      findings.push(stop(place, error.message))
    }
  }
  return findings
}
