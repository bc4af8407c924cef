import { sameValue } from '../../src/core/records/value.ts'
import { FILLED_BY_POSTGRES } from '../../src/define/describe-table.ts'
import type { Value } from '../../src/protocol/value.ts'
import { type Finding, stop } from './finding.ts'

/** A synced table as the application declares it. */
export type DeclaredTable = {
  readonly collection: string
  readonly table: string
  readonly columns: readonly DeclaredColumn[]
}

export type DeclaredColumn = {
  readonly name: string
  readonly sqlName: string
  readonly sqlType: string
  readonly nullable: boolean
  readonly default?: Value | undefined
}

/** A table as Postgres has it. */
export type PostgresTable = {
  readonly columns: readonly PostgresColumn[]
  readonly primaryKey: readonly string[]
  /** Foreign keys that change rows of their own table when others change. */
  readonly selfCascades: readonly string[]
  /** What the synced tables need beyond Drizzle, and this one lacks: the statements that make it. */
  readonly lacking: readonly string[]
  /** Values outside a column's list that rows hold, by the column's name in Postgres. */
  readonly strayValues: ReadonlyMap<string, readonly string[]>
}

export type PostgresColumn = {
  readonly sqlName: string
  readonly sqlType: string
  readonly nullable: boolean
  /** Postgres takes no value for it, and makes one. */
  readonly filled?: boolean
  /** `computed` where the default is no plain value. */
  readonly default?: { readonly is: 'value'; readonly value: Value } | { readonly is: 'computed' } | undefined
}

const MIGRATE = 'Run drizzle-kit generate, then tidemark migrate.'

/** Where Postgres is not what a declared table needs. `undefined`: there is no such table. */
export function comparePostgres(declared: DeclaredTable, actual: PostgresTable | undefined): Finding[] {
  const { collection, table } = declared
  if (!actual) return [stop(collection, `Postgres has no table "${table}". ${MIGRATE}`)]
  return [
    ...compareTable(declared, actual),
    ...declared.columns.flatMap((column) => {
      const place = `${collection}.${column.name}`
      const held = actual.columns.find(({ sqlName }) => sqlName === column.sqlName)
      if (!held) return [stop(place, `Postgres has no column "${column.sqlName}". ${MIGRATE}`)]
      const stray = actual.strayValues.get(column.sqlName) ?? []
      return [...compareColumn(place, column, held), ...strayFindings(place, stray)]
    }),
    ...unknownColumns(declared, actual),
  ]
}

function compareTable({ collection }: DeclaredTable, actual: PostgresTable): Finding[] {
  const findings: Finding[] = []
  if (actual.primaryKey.join() !== 'tenant_id,id') {
    const key = actual.primaryKey.length > 0 ? `is (${actual.primaryKey.join(', ')})` : 'is missing'
    findings.push(stop(collection, `the primary key ${key}; it has to be (tenant_id, id).`))
  }
  for (const name of actual.selfCascades) {
    const why =
      'changes rows of its own table when others change, so an edit would change rows it did not lock'
    findings.push(
      stop(collection, `the foreign key "${name}" ${why}. Make it ON DELETE NO ACTION ON UPDATE NO ACTION.`),
    )
  }
  for (const statement of actual.lacking) {
    const way =
      'Run tidemark generate, then tidemark migrate; if a migration has made it before, run this again'
    findings.push(stop(collection, `Postgres lacks what a synced table needs. ${way}: ${statement}`))
  }
  return findings
}

function compareColumn(place: string, declared: DeclaredColumn, held: PostgresColumn): Finding[] {
  const findings: Finding[] = []
  if (held.filled) {
    const effect = 'Postgres fills it by itself and refuses every edit that gives a value'
    findings.push(stop(place, `${effect}; ${FILLED_BY_POSTGRES}.`))
  }
  if (spelled(declared.sqlType) !== held.sqlType) {
    const effect = isNarrower(held.sqlType, declared.sqlType)
      ? 'That is narrower, so Postgres would refuse edits that were accepted.'
      : 'Values could not be exchanged.'
    findings.push(
      stop(place, `Postgres holds ${held.sqlType}, declared is ${declared.sqlType}. ${effect} ${MIGRATE}`),
    )
  }
  if (declared.nullable && !held.nullable) {
    findings.push(
      stop(place, `may be empty as declared, and not in Postgres, which would refuse such edits. ${MIGRATE}`),
    )
  }
  if (!declared.nullable && held.nullable) {
    const effect = 'so other programs can leave empty what no page expects to be'
    findings.push(
      stop(place, `may be empty in Postgres, and not as declared, ${effect}. Fill it. ${MIGRATE}`),
    )
  }
  if (declared.default !== undefined && held.default && !isDefault(held.default, declared.default)) {
    const actual = held.default.is === 'value' ? JSON.stringify(held.default.value) : 'computed'
    const expected = JSON.stringify(declared.default)
    findings.push(stop(place, `the default in Postgres is ${actual}, declared is ${expected}. ${MIGRATE}`))
  }
  return findings
}

/** A type as Postgres spells it, which Drizzle abbreviates; the name of an enum it puts in quotes where it needs them. */
function spelled(sqlType: string): string {
  const [, base = '', size = '', scale = '', rest = ''] =
    /^([a-z ]*[a-z]) ?(?:\((\d+)(?:, ?(\d+))?\))?(.*)$/.exec(sqlType) ?? []
  const brackets = scale === '' ? size : `${size},${scale}`
  switch (base) {
    case 'varchar':
      return `character varying${size === '' ? '' : `(${size})`}${rest}`
    case 'char':
      return `character(${size || 1})${rest}`
    case 'numeric':
      return `numeric(${scale === '' ? `${size},0` : brackets})${rest}`
    case 'time':
      return `time${size === '' ? '' : `(${size})`} without time zone${rest}`
    case 'timestamp':
      return `timestamp${size === '' ? '' : `(${size})`}${rest === '' ? ' without time zone' : rest}`
    default:
      return sqlType
  }
}

function isDefault(held: NonNullable<PostgresColumn['default']>, declared: Value): boolean {
  return held.is === 'value' && sameValue(held.value, declared)
}

function strayFindings(place: string, stray: readonly string[]): Finding[] {
  if (stray.length === 0) return []
  const values = stray.map((value) => JSON.stringify(value)).join(', ')
  const way = 'Change those rows, or declare the values.'
  return [stop(place, `rows in Postgres hold ${values}, which the declared values do not list. ${way}`)]
}

/** A column that inserts do not name has to do without a value. */
function unknownColumns({ collection, columns, table }: DeclaredTable, actual: PostgresTable): Finding[] {
  const known = new Set(['tenant_id', ...columns.map(({ sqlName }) => sqlName)])
  return actual.columns
    .filter((column) => !known.has(column.sqlName) && !column.nullable && !column.default)
    .map(({ sqlName }) => {
      const why =
        'is not declared, must not be empty and has no default, so Postgres would refuse every insert'
      return stop(collection, `"${table}"."${sqlName}" ${why}. Declare it, give it a default, or drop it.`)
    })
}

const NARROWER: Readonly<Record<string, readonly string[]>> = {
  integer: ['smallint'],
  bigint: ['smallint', 'integer'],
  'double precision': ['real'],
}

function isNarrower(held: string, declared: string): boolean {
  return (NARROWER[declared] ?? []).includes(held) || (declared === 'text' && held.startsWith('character'))
}
