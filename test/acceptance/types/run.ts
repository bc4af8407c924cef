import * as v from 'valibot'
import { type Client, where } from '../../../client/src/index.ts'
import { type Stack, startStack } from '../../../dev/harness/stack.ts'
import { until } from '../../../dev/harness/until.ts'
import { sameValue } from '../../../src/core/records/value.ts'
import type { Value } from '../../../src/protocol/value.ts'
import { valueSchema } from '../../../src/protocol/value-schema.ts'
import { TYPES, TYPES_WORKER, type UntypedApp } from '../../fixtures/types/application.ts'
import { app } from '../../fixtures/types/sync.ts'
import { CASES, type Case } from './cases.ts'
import { Tally, type Way } from './tally.ts'

const TENANT = 'types'
const KINDS: readonly (readonly [string, Case])[] = Object.entries(CASES)

/** One value of one type. */
type Tried = { readonly kind: string; readonly value: Value; readonly sql: string; readonly place: number }

const EVERY: readonly Tried[] = KINDS.flatMap(([kind, { values }]) =>
  values.map(([value, sql], place) => ({ kind, value, sql, place })),
)

/** Ways by which a value comes into a record, and the beginning of the ids of those records. */
const WRITTEN = {
  'insert by a client': 'inserted',
  'update by a client': 'updated',
  'insert in SQL': 'sql inserted',
  'update in SQL': 'sql updated',
} as const satisfies Partial<Record<Way, string>>

type Written = keyof typeof WRITTEN

const idOf = (way: string, { kind, place }: Pick<Tried, 'kind' | 'place'>) => `${way} ${kind} ${place}`

const LISTS_AND_JSON = new Set(
  app.manifest.collections
    .flatMap(({ columns }) => columns)
    .filter(({ type }) => type === 'json' || type === 'text[]')
    .map(({ name }) => name),
)

const sqlColumns = new Map(app.tables.get('kinds')?.columns.map((column) => [column.name, column]))

function columnOf(kind: string) {
  const column = sqlColumns.get(kind)
  if (!column) throw new Error(`there is no column ${kind}`)
  return { name: `"${column.sqlName}"`, type: column.sqlType }
}

/** Tries every edge value of every type on every way, in a whole system of real processes. */
export async function runTypes(report: (line: string) => void): Promise<Tally> {
  await using stack = await startStack(TYPES, { entry: TYPES_WORKER })
  await using ended = new AsyncDisposableStack()
  const open = async (name: string) => {
    const db = stack.member(TENANT, name)
    ended.defer(() => db.close())
    db.kinds.all().subscribe(() => undefined)
    db.conflicts.open().subscribe(() => undefined)
    await db.kinds.all().once()
    return db
  }
  const [ada, ben] = [await open('ada'), await open('ben')]
  const run = new Run(stack, ada, ben)
  report('values are written by a client')
  await run.writeByClient()
  report('values are written in SQL')
  await run.writeInSql()
  report('they are read')
  run.compareAll('snapshot', shownBy(await open('cleo')))
  run.compareAll('export', new Map((await stack.exported(TENANT)).flatMap(toNamed)))
  await run.ask()
  report('they meet')
  await run.meet()
  report('others are refused')
  await run.refuse()
  const loseObjects = await stack.keepObjects()
  await loseObjects({ wiped: true })
  run.compareAll('loaded anew', shownBy(await open('dana')))
  return run.tally
}

type Db = Client<UntypedApp>
type Rows = ReadonlyMap<string, Readonly<Record<string, Value>>>

const shownBy = (db: Db): Rows =>
  new Map(
    db.kinds
      .all()
      .getSnapshot()
      .rows.map((row) => [row.id, row]),
  )

/** A line of an export, where it is of a record. */
function toNamed(line: Readonly<Record<string, Value>>): [string, Readonly<Record<string, Value>>][] {
  const row = line['row'] ?? line
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return []
  const named = Object.fromEntries(Object.entries(row))
  return typeof named['id'] === 'string' ? [[named['id'], named]] : []
}

class Run {
  readonly tally = new Tally()
  readonly #stack: Stack<UntypedApp, never>
  readonly #ada: Db
  readonly #ben: Db

  constructor(stack: Stack<UntypedApp, never>, ada: Db, ben: Db) {
    this.#stack = stack
    this.#ada = ada
    this.#ben = ben
  }

  async writeByClient(): Promise<void> {
    const { kinds } = this.#ada
    for (const one of EVERY) kinds.insert({ id: idOf('updated', one) })
    const writes = EVERY.flatMap((one) => [
      [
        'insert by a client',
        one,
        kinds.insert({ id: idOf('inserted', one), [one.kind]: one.value }),
      ] as const,
      [
        'update by a client',
        one,
        kinds.update(idOf('updated', one), (draft) => {
          draft[one.kind] = one.value
        }),
      ] as const,
    ])
    for (const [way, { kind, value }, { committed }] of writes) {
      const result = await committed
      this.tally.judge(kind, way, result.ok, { value, result })
    }
    await this.#compareHeld('insert by a client')
    await this.#compareHeld('update by a client')
    await this.#compareLive(['insert by a client', 'update by a client'])
  }

  async writeInSql(): Promise<void> {
    const updated = EVERY.map((one) => idOf('sql updated', one))
    await this.#stack.sql(`INSERT INTO kinds (tenant_id, id) SELECT '${TENANT}', unnest($1::text[])`, [
      updated,
    ])
    for (const [kind, { values }] of KINDS) {
      await this.#insertInSql(
        'sql inserted',
        kind,
        values.map(([, sql]) => sql),
      )
    }
    await this.#stack.nudge(TENANT)
    await this.#compareLive(['insert in SQL'])
    for (const [kind, { values }] of KINDS) {
      const { name, type } = columnOf(kind)
      const ids = values.map((_, place) => idOf('sql updated', { kind, place }))
      const update = `UPDATE kinds SET ${name} = value::${type} FROM unnest($1::text[], $2::text[]) AS given(id, value)
        WHERE tenant_id = '${TENANT}' AND kinds.id = given.id`
      await this.#stack.sql(update, [ids, values.map(([, sql]) => sql)])
    }
    await this.#stack.nudge(TENANT)
    await this.#compareLive(['update in SQL'])
  }

  async #insertInSql(way: string, kind: string, texts: readonly string[]): Promise<void> {
    const { name, type } = columnOf(kind)
    const ids = texts.map((_, place) => idOf(way, { kind, place }))
    const insert = `INSERT INTO kinds (tenant_id, id, ${name})
      SELECT '${TENANT}', id, value::${type} FROM unnest($1::text[], $2::text[]) AS given(id, value)`
    await this.#stack.sql(insert, [ids, texts])
  }

  /** Compares what another client comes to show of these. */
  async #compareLive(ways: readonly Written[]): Promise<void> {
    const wanted = ways.flatMap((way) => EVERY.map((one) => [way, one, idOf(WRITTEN[way], one)] as const))
    const isShown = (rows: Rows) =>
      wanted.every(
        ([, { kind }, id]) => !sameValue(rows.get(id)?.[kind] ?? null, kind === 'json' ? BY_DEFAULT : null),
      )
    await until('another client shows what was written', () => isShown(shownBy(this.#ben)))
    const rows = shownBy(this.#ben)
    for (const [way, { kind, value }, id] of wanted) {
      const found = rows.get(id)?.[kind] ?? null
      this.tally.judge(kind, 'live', sameValue(found, value), { way, value, found })
      if (way.endsWith('SQL')) this.tally.judge(kind, way, sameValue(found, value), { value, found })
    }
  }

  /** Compares what Postgres holds with what it makes of the same value as text. */
  async #compareHeld(way: Written): Promise<void> {
    for (const [kind, { values }] of KINDS) {
      const { name, type } = columnOf(kind)
      const query = `SELECT ${name}::text AS held, value::${type}::text AS wanted
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given(id, value, place)
        LEFT JOIN kinds ON kinds.id = given.id ORDER BY place`
      const ids = values.map((_, place) => idOf(WRITTEN[way], { kind, place }))
      const rows = await this.#stack.sql(query, [ids, values.map(([, sql]) => sql)])
      for (const row of rows) this.tally.judge(kind, way, row['held'] === row['wanted'], row)
    }
  }

  compareAll(way: Way, rows: Rows): void {
    for (const one of EVERY)
      for (const written of Object.values(WRITTEN)) {
        const found = rows.get(idOf(written, one))?.[one.kind] ?? null
        this.tally.judge(one.kind, way, sameValue(found, one.value), { written, value: one.value, found })
      }
  }

  /** Asks for each value, and for all of a type in their order. */
  async ask(): Promise<void> {
    for (const [kind, { values, unsorted = false }] of KINDS)
      await Promise.all([this.#sort(kind, unsorted), ...values.map(([value]) => this.#find(kind, value))])
  }

  async #find(kind: string, value: Value): Promise<void> {
    const isCompared = !LISTS_AND_JSON.has(kind)
    const asked = await this.#ben.kinds
      .where({ [kind]: isCompared && typeof value !== 'object' ? value : 'x' })
      .once()
      .catch((error: unknown) => ({ error }))
    if (!isCompared) {
      this.tally.judgeRefusal(kind, 'filter', 'error' in asked, value)
      return
    }
    const rows = 'rows' in asked ? asked.rows : []
    const isRight =
      rows.length === Object.keys(WRITTEN).length && rows.every((row) => sameValue(row[kind], value))
    this.tally.judge(kind, 'filter', isRight, { value, asked })
  }

  async #sort(kind: string, isUnsorted: boolean): Promise<void> {
    const asked = await this.#ben.kinds
      .where(where.not({ [kind]: null }))
      .orderBy(kind)
      .once()
      .catch((error: unknown) => ({ error }))
    if (isUnsorted) {
      this.tally.judgeRefusal(kind, 'order', 'error' in asked, asked)
      return
    }
    const { name, type } = columnOf(kind)
    const collation = /^(?:text|varchar|char)/.test(type) ? ' COLLATE "C"' : ''
    const query = `SELECT id FROM kinds WHERE ${name} IS NOT NULL ORDER BY ${name}${collation}, id COLLATE "C"`
    const wanted = (await this.#stack.sql(query)).map(({ id }) => id)
    const found = 'rows' in asked ? asked.rows.map(({ id }) => id) : asked
    this.tally.judge(kind, 'order', JSON.stringify(found) === JSON.stringify(wanted), { found, wanted })
  }

  /** Has two people write every column of a record without sight of each other. */
  async meet(): Promise<void> {
    await this.#ada.kinds.insert({ id: 'met' }).committed
    await until('both have the record', () => this.#ben.kinds.get('met'))
    const first = (values: Case['values']) => values[0]?.[0] ?? null
    const last = (values: Case['values']) => values.at(-1)?.[0] ?? null
    const write = (db: Db, of: typeof first) =>
      db.kinds.update('met', (draft) => {
        for (const [kind, { values }] of KINDS) draft[kind] = of(values)
      }).committed
    const results = await Promise.all([write(this.#ada, first), write(this.#ben, last)])
    const items = () => this.#ada.conflicts.open().getSnapshot().items
    await until('all conflicts are told', () => items().length >= KINDS.length)
    for (const [kind, { values }] of KINDS) {
      const item = items().find(({ field }) => field === kind)
      const sides = [item?.current, item?.losers[0]?.value].map((side) => v.parse(valueSchema, side ?? null))
      const isRight = [first(values), last(values)].every((value) =>
        sides.some((side) => sameValue(side, value)),
      )
      this.tally.judge(kind, 'conflict', isRight && results.every(({ ok }) => ok), { sides, item })
    }
  }

  /** Writes what is no value of its type: a client is refused, and what another program wrote is set aside. */
  async refuse(): Promise<void> {
    const all = KINDS.flatMap(([kind, { refused }]) =>
      refused.map((value, place) => {
        const id = idOf('refused', { kind, place })
        return { kind, value, id, edit: this.#ada.kinds.insert({ id, [kind]: value }) }
      }),
    )
    for (const { kind, value, edit } of all) {
      const result = await edit.committed
      this.tally.judgeRefusal(kind, 'refused', !result.ok, { value, result })
    }
    const held = await this.#stack.sql('SELECT id FROM kinds WHERE id = ANY ($1)', [all.map(({ id }) => id)])
    for (const { id } of held) this.tally.judge(String(id), 'refused', false, 'Postgres holds it')
    for (const [kind, { aside = [] }] of KINDS) await this.#insertInSql('aside', kind, aside)
    await this.#stack.nudge(TENANT)
    const asides = KINDS.flatMap(([kind, { aside = [] }]) =>
      aside.map((sql, place) => ({ kind, sql, place })),
    )
    const told = () =>
      new Map(
        this.#ben.kinds
          .all()
          .getSnapshot()
          .aside?.map(({ id, reason }) => [id, reason]),
      )
    await until('all that nobody can be shown is told of', () => told().size >= asides.length)
    for (const one of asides)
      this.tally.judgeRefusal(one.kind, 'set aside', told().has(idOf('aside', one)), {
        ...one,
        told: [...told()],
      })
  }
}

/** What a record has where nothing is said of its JSON. */
const BY_DEFAULT: Value = { made: ['by default', 1] }
