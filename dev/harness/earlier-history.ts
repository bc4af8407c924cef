import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { History } from '../migration-history.ts'

/**
 * A list of migrations as it was when it had so many, in a folder of its own, for an installation that has taken no
 * more.
 *
 * @returns the list, and how to remove its folder
 */
export async function earlierHistory(
  history: History,
  count: number,
): Promise<History & { remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-earlier-'))
  await cp(history.folder, folder, { recursive: true })
  const journal = join(folder, 'meta', '_journal.json')
  const { entries, ...rest } = JSON.parse(await readFile(journal, 'utf8'))
  await writeFile(journal, JSON.stringify({ ...rest, entries: entries.slice(0, count) }))
  return { ...history, folder, remove: () => rm(folder, { recursive: true }) }
}
