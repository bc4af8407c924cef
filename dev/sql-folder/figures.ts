import { compareFolder, type SqlFigures } from './compare-folder.ts'
import { withServer } from './scratch.ts'

/** The figures of this repository. Starts a Postgres for it. */
export async function readSqlFigures(): Promise<SqlFigures> {
  return withServer(async (server) => (await compareFolder(server)).figures)
}
