import type { Edit } from '../../../src/protocol/edit.ts'
import { app } from '../../fixtures/board/sync.ts'
import { ClientChecker } from '../judge/client-checker.ts'
import { History, sameRow } from '../judge/history.ts'
import type { Judge } from '../judge/judge.ts'
import { MergeOracle } from '../judge/merge-oracle.ts'
import { SaidEdits } from '../judge/said-edits.ts'
import type { Person } from '../people/person.ts'
import type { Kept, Stored } from './ground.ts'
import type { Recorder } from './recorder.ts'

/** What everybody of a tenant said and was told, and what is left of it. */
export type Course = {
  readonly stored: Stored
  readonly inPostgres: Kept
  readonly clients: readonly { readonly person: Person; readonly recorder: Recorder }[]
  /** Names of all tenants. */
  readonly tenants: readonly string[]
}

/** Has Postgres all that the object has, and the object all that Postgres has? */
export function isSettled({ entries, records }: Stored, { applied, tables }: Kept): boolean {
  const rows = app.manifest.collections.reduce((sum, { name }) => sum + tables.rows(name).size, 0)
  const head = entries.at(-1)?.seq ?? 0
  const isHeld = ([collection, id, row]: Stored['records'][number]) =>
    sameRow(row, tables.rows(collection).get(id))
  return applied === head && rows === records.length && records.every(isHeld)
}

/** Holds log, object, Postgres and every frame against each other, after the fact. */
export function judgeStored({ stored, inPostgres, clients, tenants }: Course, judge: Judge): void {
  const { epoch, entries, records } = stored
  const history = new History(epoch, judge)
  for (const entry of entries) history.take(entry)
  const { applied } = inPostgres
  judge.check('G2', applied === history.head, () => `Postgres has ${applied} of ${history.head}`)
  for (const { name: collection } of app.manifest.collections) {
    const object = new Map(records.flatMap(([name, id, row]) => (name === collection ? [[id, row]] : [])))
    const postgres = inPostgres.tables.rows(collection)
    const said = new Map(history.rowsAt(collection, history.head).map((row) => [String(row['id']), row]))
    for (const id of new Set([...object.keys(), ...postgres.keys(), ...said.keys()])) {
      const rows = { object: object.get(id), postgres: postgres.get(id), log: said.get(id) }
      const fits = sameRow(rows.object, rows.postgres) && sameRow(rows.object, rows.log)
      judge.check('G9', fits, () => `${collection} ${id} is ${JSON.stringify(rows)}`)
    }
  }
  const said = new SaidEdits()
  const pushed = (client: string, edit: Edit) => said.add(client, edit)
  for (const { person, recorder } of clients) {
    const watched = { history: () => history, pushed, tenants, judge: judge.of(person.name) }
    recorder.replay(new ClientChecker(person, watched))
  }
  const oracle = new MergeOracle(history, said, judge)
  for (const entry of entries) oracle.take(entry)
}
