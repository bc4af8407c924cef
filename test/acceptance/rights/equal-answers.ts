import type { Op } from '../../../src/protocol/edit.ts'
import type { Query } from '../../../src/protocol/query.ts'
import { COLUMNS, hiddenFrom, NAMES, type Name, type Role, seenBy } from './oracle.ts'
import type { Reader } from './reader.ts'
import type { Tally } from './tally.ts'
import type { World } from './world.ts'

/** An id of which there is no record, and a column that no collection has. */
const [NO_RECORD, NO_COLUMN] = ['nowhere', 'nothing']

/** Asks one thing over HTTP. Returns the status and the text. */
export type AskHttp = (role: Role, path: string, question: unknown) => Promise<string>

type Case = { readonly role: Role; readonly name: Name; readonly reader: Reader; readonly http: AskHttp }

/** Whatever somebody may not see is answered as what is not there, byte by byte, whichever way they ask. */
export async function judgeAnswers(world: World, tally: Tally, reader: Reader, role: Role, http: AskHttp) {
  for (const name of NAMES) {
    const rows = [...(world.rows.get(name) ?? [])]
    const hidden = rows.filter(([, row]) => !seenBy(role, name, row)).map(([id]) => id)
    const shown = rows.find(([, row]) => seenBy(role, name, row))?.[0]
    const known: Case = { role, name, reader, http }
    for (const id of hidden.slice(0, 3)) await hiddenRecord(tally, known, id)
    for (const column of hiddenFrom(role, name))
      for (const id of [shown, hidden[0], NO_RECORD])
        if (id !== undefined) await hiddenColumn(tally, known, id, column)
    for (const column of hiddenFrom(role, name)) await hiddenInQueries(tally, known, column)
  }
}

async function hiddenRecord(tally: Tally, { role, name, reader, http }: Case, id: string): Promise<void> {
  const same = async (kind: string, field: string, ask: (id: string) => Promise<unknown>, code?: string) => {
    const [unseen, absent] = [await ask(id), await ask(NO_RECORD)].map((answer) => JSON.stringify(answer))
    const isSame = blind(unseen, id) === blind(absent, NO_RECORD)
    const isCoded = code === undefined || unseen?.includes(`"code":"${code}"`) === true
    tally.judge(kind, isSame && isCoded, () => `${role} ${name}.${field} ${id}: ${unseen} / ${absent}`)
  }
  const push = (make: (id: string) => Op) => (one: string) => reader.push(make(one))
  const refused = (code: string) => (name === 'prizes' ? 'insert-only' : code)
  for (const field of [...COLUMNS[name], NO_COLUMN])
    for (const value of ['x', 5]) {
      const isKnown = field !== NO_COLUMN && !hiddenFrom(role, name).includes(field)
      const make = push((one) => update(name, one, { [field]: value }))
      await same('error, update', field, make, isKnown ? refused('not-found') : 'unknown-column')
    }
  await same(
    'error, delete',
    'id',
    push((one) => ({ op: 'delete', collection: name, id: one })),
    refused('not-found'),
  )
  await same(
    'error, restore',
    'id',
    push((one) => ({ op: 'restore', collection: name, id: one })),
    'not-found',
  )
  await same('history', 'id', (one) => http(role, 'history', { ask: 'record', collection: name, id: one }))
  await same('history', 'id', (one) => http(role, 'history', { ask: 'recall', collection: name, id: one }))
  await same('error, presence', 'id', (one) =>
    reader.answerTo(['presence', { at: [{ collection: name, id: one }], of: [] }]),
  )
  for (const field of COLUMNS[name])
    await same('error, text', field, (one) => reader.readText(name, one, field))
}

async function hiddenColumn(
  tally: Tally,
  { role, name, reader }: Case,
  id: string,
  column: string,
): Promise<void> {
  const others = COLUMNS[name].filter((other) => other !== 'id' && other !== column)
  const ways: readonly ((field: string) => Op)[] = [
    (field) => update(name, id, { [field]: 'x' }),
    (field) => update(name, id, { [field]: 5 }),
    (field) => ({ op: 'insert', collection: name, id: 'new', values: { [field]: 'x' } }),
    (field) => ({ op: 'insert', collection: name, id, values: { [field]: 'x' } }),
    (field) => ({ op: 'insert', collection: name, id, values: { [field]: 'x' }, upsert: true }),
    ...others.map((other) => (field: string) => update(name, id, { [other]: [], [field]: 'x' })),
    ...others.map((other) => (field: string) => update(name, id, { [field]: 'x', [other]: 'x' })),
  ]
  for (const make of ways) {
    const [unseen, absent] = [await reader.push(make(column)), await reader.push(make(NO_COLUMN))].map(
      (one) => JSON.stringify(one),
    )
    const isSame = blind(unseen, column) === blind(absent, NO_COLUMN)
    const isCoded = unseen?.includes('"code":"unknown-column"') === true
    tally.judge(
      'error, column',
      isSame && isCoded,
      () => `${role} ${name}.${column} ${id}: ${unseen} / ${absent}`,
    )
  }
}

async function hiddenInQueries(
  tally: Tally,
  { role, name, reader, http }: Case,
  column: string,
): Promise<void> {
  const ways: readonly ((field: string) => Query)[] = [
    (field) => ({ collection: name, select: [field] }),
    (field) => ({ collection: name, select: ['id', field] }),
    (field) => ({ collection: name, where: ['=', field, 'x'] }),
    (field) => ({
      collection: name,
      where: [
        'not',
        [
          'or',
          [
            ['>', field, 5],
            ['=', 'id', 'x'],
          ],
        ],
      ],
    }),
    (field) => ({ collection: name, where: ['prefix', field, 'm'] }),
    (field) => ({ collection: name, orderBy: [[field, 'asc']], limit: 2 }),
    (field) => ({ collection: name, orderBy: [[field, 'desc']], limit: 2, after: ['x', 'x'] }),
  ]
  for (const make of ways) {
    const asked = async (field: string) => JSON.stringify(await reader.ask(make(field)))
    const read = (field: string) => http(role, 'query', make(field))
    const streamed = (field: string) => http(role, 'events', make(field))
    for (const [kind, ask] of Object.entries({ 'error, query': asked, HTTP: read, SSE: streamed })) {
      const [unseen, absent] = [await ask(column), await ask(NO_COLUMN)]
      const isSame = blind(unseen, column) === blind(absent, NO_COLUMN) && unseen.includes('unknown-column')
      tally.judge(kind, isSame, () => `${role} ${name}.${column}: ${unseen} / ${absent}`)
    }
  }
}

function update(
  collection: Name,
  id: string,
  values: Readonly<Record<string, string | number | null | string[]>>,
): Op {
  const fields = Object.entries(values).map(([name, value]) => [name, { set: value }])
  return { op: 'update', collection, id, fields: Object.fromEntries(fields) }
}

/** An answer without the name that was asked for, and without the number of the edit. */
function blind(text: string | undefined, name: string): string {
  return (text ?? '').replaceAll(name, '_').replaceAll(/"n":\d+/g, '')
}
