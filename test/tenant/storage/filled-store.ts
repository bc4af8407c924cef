import type { Revocation } from '../../../src/core/access/revocation.ts'
import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import { Turn } from '../../../src/core/edits/turn.ts'
import type { LogEntry } from '../../../src/core/log/log.ts'
import type { StoredRecord } from '../../../src/core/records/record.ts'
import { makeManuscript } from '../../../src/core/text/manuscript.ts'
import type { Storage } from '../../../src/platform/platform.ts'
import type { Facts } from '../../../src/tenant/storage/meta.ts'
import { Store } from '../../../src/tenant/storage/store.ts'
import type { OpenFact, Txn } from '../../../src/tenant/storage/txn.ts'

export const KEYS = new Map([['cards', ['title']]])
export const BIRTH = { actor: 'sql', n: 0, seq: 0 }
const COLLECTIONS = 3
const DAY_MS = 24 * 3_600_000

/** The store of an object as it is when it has slept. */
export const wake = (storage: Storage) => new Store(storage, COLLECTIONS, KEYS)

const own = (seq: number, text: string): LogEntry => ({
  ...{ seq, actor: 'client', n: seq, subject: 'ada', at: 0 },
  changes: [{ kind: 'update', collection: 'cards', id: 'c1', before: { text: '' }, after: { text } }],
})

const external = (seq: number): LogEntry => {
  const change = { kind: 'update', collection: 'cards', id: 'c1' } as const
  const rows = { before: { text: '' }, after: { text: 'outside' } }
  return {
    ...{ seq, actor: 'sql', n: seq, subject: 'psql', at: 0, changes: [{ ...change, ...rows }] },
    external: [{ ...change, ...rows, seen: 0, replaces: false }],
    repairs: [],
  }
}

const card = (id: string, text: string): StoredRecord => ({
  ...{ collection: 'cards', id, row: { id, title: text, text }, birth: BIRTH, versions: {} },
  texts: { text: makeManuscript(text, 'lineage') },
})

const conflict = (id: string): StoredRecord => ({
  ...{ collection: CONFLICTS, id: `of ${id}`, birth: BIRTH, versions: {} },
  row: { id: `of ${id}`, collection: 'cards', record: id, state: 'open' },
})

const proposal = (client: string) => ({
  ...{ client, claims: { sub: 'ada', tenant: 'acme' }, hash: 'h', at: 1, dueAt: 2, asked: false },
  edit: { n: 1, ops: [], context: { epoch: 'second', seq: 0 } },
})

const mark = (client: string) => ({
  client,
  subject: 'ada',
  last: 1,
  acknowledged: 0,
  verdicts: [],
  reverts: [],
})
const aside = (id: string) => ({ collection: 'cards', id, reason: 'inexact' as const, since: 1, due: true })
const hydration = (collection: string) => ({
  ...{ collection, after: '', loaded: 1, total: 1, done: true, caughtUp: true },
})

/** A turn that has something of everything, with an entry that an external change overtakes. */
function turnOf(store: Store, name: string): Turn {
  const turn = new Turn(store, 0)
  const { head } = turn
  turn.append(own(head + 1, name), [card(name, name)])
  turn.append(external(head + 2), [conflict(name)])
  turn.putClientState(mark(name))
  turn.newcomers.set(`new ${name}`, 'ada')
  turn.proposals.set(name, proposal(name))
  turn.corrections.set(head + 1, own(head + 1, 'corrected'))
  return turn
}

/** A person's tokens that were issued before a second. */
function revoked(name: string, before = 1): Revocation {
  return { kind: 'sub', name, before, until: before + 60 }
}

const FACTS: { readonly [Key in OpenFact]: (name: string) => Facts[Key] } = {
  cursor: (name) => name,
  reached: (name) => name,
  active: (name) => name.length,
  manifest: (name) => ({ hash: name, collections: [] }),
  'told-manifest': (name) => name,
  'column-loads': (name) => [{ collection: 'cards', columns: [name], after: '', done: false }],
  'columns-since': (name) => ({ epoch: 'second', seq: name.length }),
  comparison: (name) => ({ collection: 'cards', after: name }),
  compared_at: (name) => name.length,
  batch_limit: (name) => name.length,
  listed_at: (name) => name.length,
  delayed: (name) => ({ cause: 'parked', since: name.length, waiting: 1 }),
  reported: (name) => ({ breaches: [{ rule: 'parked', value: name.length, since: 1 }], isHeard: true }),
  marks: (name) => [{ at: name.length, totals: { verdicts: 1 } }],
  seal: (name) => name,
  metrics_told: (name) => ({ since: 0, at: name.length, counters: {}, histograms: {}, gauges: {} }),
  points: (name) => [{ at: name.length, values: [1] }],
  metrics: (name) => ({ since: name.length, counters: { turns: { '': name.length } }, histograms: {} }),
}
const OPEN_FACTS = Object.keys(FACTS).filter((key): key is OpenFact => key in FACTS)

function putFacts(txn: Txn, name: string): void {
  const put = <Key extends OpenFact>(key: Key) => txn.putFact(key, FACTS[key](name))
  for (const key of OPEN_FACTS) put(key)
}

/** A store that holds something of everything: two epochs, and what waits in either. */
export function fill(storage: Storage): Store {
  const store = wake(storage)
  store.transaction((txn) => txn.found('acme', 'first'))
  store.transaction((txn) => txn.write(turnOf(store, 'earlier')))
  store.transaction((txn) => txn.beginEpoch('second'))
  store.transaction((txn) => {
    putFacts(txn, 'filled')
    txn.putRows('cards', [{ id: 'c1', title: 'one', text: '' }], BIRTH)
    txn.putHydration(hydration('cards'))
    txn.putAside(aside('a1'))
    txn.putView(1, '[]')
    txn.putRevocations([revoked('ada')], 0, false)
    txn.putWatches('session', ['cards_*'])
    txn.write(turnOf(store, 'filled'))
    txn.commit(1, 0)
    txn.storeCommitted()
  })
  store.transaction((txn) => txn.write(turnOf(store, 'again')))
  return store
}

/** All that can be written. A method of `Txn` that is not here does not compile. */
export const WRITES: { readonly [Name in keyof Txn]: (txn: Txn, store: Store) => void } = {
  found: (txn) => txn.found('other', 'other'),
  beginEpoch: (txn) => txn.beginEpoch('third'),
  wipe: (txn) => txn.wipe(),
  write: (txn, store) => txn.write(turnOf(store, 'written')),
  commit: (txn) => {
    txn.commit(3, 30 * DAY_MS)
    txn.storeCommitted()
  },
  storeCommitted: (txn) => {
    txn.commit(2, 0)
    txn.storeCommitted()
  },
  putCursor: (txn) => txn.putCursor('later'),
  putFact: (txn) => putFacts(txn, 'other'),
  dropFact: (txn) => {
    for (const key of OPEN_FACTS) txn.dropFact(key)
  },
  putClientState: (txn) => txn.putClientState(mark('other')),
  putRecord: (txn) => txn.putRecord(card('filled', 'other')),
  putRows: (txn) => txn.putRows('cards', [{ id: 'c1', title: 'two', text: '' }], BIRTH),
  dropRecord: (txn) => txn.dropRecord('cards', 'c1'),
  dropColumns: (txn) => txn.dropColumns('cards', ['title']),
  fillColumn: (txn) => txn.fillColumn('cards', 'more', 'filled'),
  dropCollection: (txn) => txn.dropCollection('cards'),
  rewriteUnsent: (txn) => txn.rewriteUnsent((entry) => ({ ...entry, subject: 'rewritten' })),
  putHydration: (txn) => txn.putHydration(hydration('lists')),
  putAside: (txn) => txn.putAside(aside('a2')),
  dropAside: (txn) => txn.dropAside('cards', 'a1'),
  keepCarried: (txn) => txn.keepCarried(() => []),
  takeCarried: (txn) => void txn.takeCarried(9),
  putView: (txn) => txn.putView(2, '[]'),
  dropView: (txn) => txn.dropView(1),
  putRevocations: (txn) => txn.putRevocations([revoked('ben'), revoked('ada', 9)], 0, false),
  toldRevocations: (txn) => txn.toldRevocations([revoked('ada')]),
  dropRevocations: (txn) => txn.dropRevocations(),
  putWatches: (txn) => txn.putWatches('session', ['lists_*']),
  dropWatches: (txn) => {
    txn.dropWatches('session', ['cards_*'])
    txn.dropWatches('session')
  },
  declareIndexes: (txn) => txn.declareIndexes(new Map([['cards', [['title']]]])),
}

/** What is a fact or a rule of its own, and is not read. */
type Unread = 'transaction' | 'restores' | 'rows'

const READS: { readonly [Name in Exclude<keyof Store, Unread>]: (store: Store) => unknown } = {
  tenant: ({ tenant }) => tenant,
  epoch: ({ epoch }) => epoch,
  head: ({ head }) => head,
  committed: ({ committed }) => committed,
  isCommittedStored: ({ isCommittedStored }) => isCommittedStored,
  ledgerPosition: ({ ledgerPosition }) => ledgerPosition,
  turnsAbout: (store) => [...store.turnsAbout('c1', 0)],
  outbox: ({ outbox }) => outbox,
  floor: ({ floor }) => floor,
  claimed: ({ claimed }) => claimed,
  cursor: ({ cursor }) => cursor,
  activeAt: ({ activeAt }) => activeAt,
  loading: ({ loading }) => loading,
  hydrating: ({ hydrating }) => hydrating,
  record: (store) => ['c1', 'filled', 'written'].map((id) => store.record('cards', id)),
  // Only how it compares with what it was counts.
  records: ({ records }) => records.changes >= 0,
  living: (store) => store.living('cards', 'c1'),
  aside: (store) => ['a1', 'a2'].map((id) => store.aside('cards', id)),
  asides: ({ asides }) => [asides.size, asides.list(9), asides.due(9), asides.within('cards', '', undefined)],
  clientStates: (store) => store.clientStates(),
  clientState: (store) => ['filled', 'written', 'other'].map((client) => store.clientState(client)),
  keptClients: ({ keptClients }) => ['filled', 'written'].map((name) => keptClients.subjectOf(`new ${name}`)),
  proposal: (store) => ['filled', 'written'].map((client) => store.proposal(client)),
  proposals: ({ proposals }) => [[...proposals.all()], proposals.dueAt],
  waiting: ({ waiting }) => waiting,
  locateEdit: (store) => [1, 3].map((n) => store.locateEdit('client', n)),
  entries: (store) => [...store.entries(0)],
  past: (store) => [store.past(3), store.past(4)],
  waitingSince: ({ waitingSince }) => waitingSince,
  turnsBackTo: (store) => [...store.turnsBackTo(0)],
  corrections: ({ corrections }) => [
    corrections.all(),
    [1, 3, 5].map(corrections.of),
    corrections.remaining(own(3, 'mine')),
    corrections.remaining(own(5, 'mine')),
  ],
  carried: ({ carried }) => carried.any,
  openCount: ({ openCount }) => openCount,
  openConflictIds: (store) => store.openConflictIds(9),
  openConflicts: (store) => ['filled', 'written'].map((id) => [...store.openConflicts('cards', id)]),
  conflictIds: (store) => ['filled', 'written'].map((id) => [...store.conflictIds('cards', id)]),
  idsAbout: (store) => [...store.idsAbout(CONFLICTS, 'cards', 'filled')],
  lastRow: (store) => store.lastRow('cards', 'c1'),
  subjectAt: (store) => [1, 3].map((seq) => store.subjectAt(seq)),
  hydration: ({ hydration: marks }) => [marks.all(), marks.caughtUp, marks.reached],
  schema: ({ schema }) => [
    schema.manifest,
    schema.told,
    schema.loads,
    schema.incomplete,
    schema.sinceIn('second'),
  ],
  revoked: ({ revoked: { list, untold, hasUntold } }) => [[...list], untold, hasUntold],
  views: ({ views }) => [...views.all()],
  watches: ({ watches }) => watches.all(),
  facts: ({ facts }) =>
    [...OPEN_FACTS, 'floor' as const, 'pruned' as const].map((key) => [key, facts.get(key)]),
}

/** All that a store says. What it could say and is not asked here does not compile. */
export function observe(store: Store): Record<string, unknown> {
  return Object.fromEntries(Object.entries(READS).map(([name, read]) => [name, read(store)]))
}
