import type { Storage } from '../../platform/platform.ts'
import { AsideRecords } from './aside-records.ts'
import { Carried } from './carried.ts'
import { ClientStates } from './client-states.ts'
import { CommittedSeq } from './committed-seq.ts'
import { ConflictIndex } from './conflict-index.ts'
import { CorrectionRows } from './correction-rows.ts'
import { Database } from './database.ts'
import { HydrationMarks } from './hydration-marks.ts'
import type { IndexedColumns } from './indexed-columns.ts'
import { KeptClients } from './kept-clients.ts'
import { LogRows } from './log-rows.ts'
import { ManuscriptRows } from './manuscript-rows.ts'
import { Meta } from './meta.ts'
import { ProposalStore } from './proposal-store.ts'
import { Records } from './records.ts'
import { RevokedRows } from './revoked-rows.ts'
import { migrateStorage } from './schema-steps.ts'
import { ViewRows } from './view-rows.ts'
import { WatchRows } from './watch-rows.ts'

/** The owners of the object's tables, each the only one that writes its own. */
export type Tables = ReturnType<typeof openTables>

/** Brings the schema up to date, and makes the owners. */
export function openTables(storage: Storage, keys: IndexedColumns) {
  migrateStorage(storage)
  const database = new Database(storage)
  const log = new LogRows(database)
  const meta = new Meta(database)
  const conflictIndex = new ConflictIndex(database)
  const texts = new ManuscriptRows(database)
  const committed = new CommittedSeq(database, meta, log)
  return {
    database,
    meta,
    log,
    committed,
    corrections: new CorrectionRows(database, log, () => committed.seq),
    texts,
    records: new Records(database, keys, { conflicts: conflictIndex, texts }),
    hydration: new HydrationMarks(database, meta),
    asides: new AsideRecords(database),
    carried: new Carried(database),
    clientStates: new ClientStates(database),
    keptClients: new KeptClients(database),
    proposals: new ProposalStore(database),
    revoked: new RevokedRows(database),
    views: new ViewRows(database),
    watches: new WatchRows(database),
  }
}
