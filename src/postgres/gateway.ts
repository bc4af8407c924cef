import * as v from 'valibot'
import type { Attempt, PageRange, PostgresPort } from '../core/outbox/postgres-port.ts'
import type { SqlTable } from '../define/describe-table.ts'
import type { Manifest } from '../protocol/manifest.ts'
import {
  claimSchema,
  countSchema,
  readApplied,
  readPage,
  readPolled,
  sqlAppliedSchema,
  sqlPageSchema,
  sqlPolledSchema,
} from './answers/answers.ts'
import { readRange, sqlRangeSchema } from './answers/compared-range.ts'
import { createCall } from './neon-call.ts'
import { openOver } from './open-over.ts'
import { applyStatement } from './statements/apply-statement.ts'
import { proposeStatement } from './statements/propose-statement.ts'
import { rangeStatement } from './statements/range-statement.ts'
import {
  countStatement,
  eraseStatement,
  knowsStatement,
  pageStatement,
  pollStatement,
  serveStatement,
} from './statements/read-statements.ts'
import type { Registered } from './statements/registered.ts'
import { sqlNames } from './statements/sql-names.ts'
import { ofTenant, type Statement } from './statements/statement.ts'

/** The parts of an application that a gateway has to know. */
export type Schema = { readonly tables: ReadonlyMap<string, SqlTable>; readonly manifest: Manifest }

/** The rows of an answer, by column name. */
export type Rows = readonly Readonly<Record<string, unknown>>[]

/**
 * The way to Postgres for one tenant: every operation is one HTTP request and one transaction, and opening a
 * tenant that another log has is two.
 *
 * @param options.tenant read at each call, because an object learns its tenant from its first visitor
 * @param options.deadlineMs milliseconds for a call; after it the outcome is ambiguous
 * @param options.fetchEndpoint where Neon's protocol is spoken, when it is not at the database's host
 */
export function createGateway(options: {
  connectionString: string
  tenant: () => string
  app: Schema
  deadlineMs?: number
  fetchEndpoint?: string
}): PostgresPort {
  const { tenant, app } = options
  const call = createCall(options)
  const tableOf = sqlNames(app.tables)
  const byTable = tablesByName(app)
  const ask = async <Answer>(
    build: () => { statement: Statement; read: (rows: Rows) => Attempt<Answer> },
    about = tenant,
  ): Promise<Attempt<Answer>> => {
    const built = attempt(() => {
      const { statement, read } = build()
      return { statement: ofTenant(about(), statement), read }
    })
    if (!built.ok) return built
    const answered = await call(built.value.statement)
    return answered.ok ? built.value.read(answered.value) : answered
  }
  return {
    open: (epoch) =>
      openOver((over) =>
        ask(() => ({
          statement: {
            text: 'SELECT tidemark.open_tenant($1, $2, $3) AS answer',
            params: [tenant(), epoch, over],
          },
          read: one(claimSchema, asIs),
        })),
      ),
    apply: (batch, cursor) =>
      ask(() => ({
        statement: applyStatement(tenant(), batch, cursor, tableOf),
        read: one(sqlAppliedSchema, (answer) => readApplied(byTable, answer)),
      })),
    propose: (batch, question, cursor) =>
      ask(() => ({
        statement: proposeStatement(tenant(), batch, question, cursor, tableOf),
        read: one(sqlAppliedSchema, (answer) => readApplied(byTable, answer)),
      })),
    poll: (place, cursor, reached) =>
      ask(() => ({
        statement: pollStatement(tenant(), place, cursor, reached),
        read: one(sqlPolledSchema, (answer) => readPolled(byTable, answer)),
      })),
    revoke: (revocations) =>
      ask(() => ({
        statement: {
          text: 'SELECT tidemark.revoke($1, $2) AS answer',
          params: [tenant(), JSON.stringify(revocations)],
        },
        read: () => asIs(undefined),
      })),
    knows: (name) =>
      ask(
        () => ({
          statement: knowsStatement(name, [...app.tables.values()]),
          read: one(v.boolean(), asIs),
        }),
        () => name,
      ),
    erase: () =>
      ask(() => ({
        statement: eraseStatement(tenant(), [...app.tables.values()]),
        read: one(v.boolean(), (more) => asIs({ more })),
      })),
    count: (name) =>
      ask(() => ({
        statement: countStatement(tenant(), registered(app, name).table),
        read: one(countSchema, asIs),
      })),
    range: (range, place, cursor) =>
      ask(() => {
        const own = registered(app, range.collection)
        return {
          statement: rangeStatement(tenant(), own, range, place, cursor),
          read: one(sqlRangeSchema, (answer) => readRange(byTable, own, range, answer)),
        }
      }),
    page: (name, range) => ask(() => page(tenant(), registered(app, name), range)),
    columns: (name, columns, range) =>
      ask(() => page(tenant(), narrowed(registered(app, name), columns), range)),
    serve: (manifest) => ask(() => ({ statement: serveStatement(manifest), read: () => asIs(undefined) })),
  }
}

function page(tenant: string, { table, collection }: Registered, range: PageRange) {
  return {
    statement: pageStatement(tenant, table, collection, range),
    read: one(sqlPageSchema, (answer) => readPage(collection, answer)),
  }
}

/** The same collection as if it had these columns only. */
function narrowed({ table, collection }: Registered, columns: readonly string[]): Registered {
  const isWanted = ({ name }: { name: string }) => name === 'id' || columns.includes(name)
  return {
    table: { ...table, columns: table.columns.filter(isWanted) },
    collection: { ...collection, columns: collection.columns.filter(isWanted) },
  }
}

/** A log or a caller that names what the application no longer has waits for a person, like a missing table. */
function attempt<Value>(build: () => Value): Attempt<Value> {
  try {
    return { ok: true, value: build() }
  } catch (thrown) {
    return {
      ok: false,
      failure: 'structural',
      message: thrown instanceof Error ? thrown.message : String(thrown),
    }
  }
}

const asIs = <Value>(value: Value): Attempt<Value> => ({ ok: true, value })

/** The registered collections, by the names of their tables. */
export function tablesByName(app: Schema): ReadonlyMap<string, Registered> {
  return new Map([...app.tables].map(([name, { name: table }]) => [table, registered(app, name)]))
}

/** Reads an answer of one row. Anything else than expected came from something that is not our Postgres. */
export function one<Answer, Value>(
  schema: v.GenericSchema<unknown, Answer>,
  read: (answer: Answer) => Attempt<Value>,
): (rows: Rows) => Attempt<Value> {
  return (rows) => {
    const parsed = v.safeParse(schema, rows[0]?.['answer'])
    if (parsed.success) return read(parsed.output)
    const message = `the answer has another form than expected: ${v.summarize(parsed.issues)}`
    return { ok: false, failure: 'ambiguous', message }
  }
}

function registered(app: Schema, name: string): Registered {
  const table = app.tables.get(name)
  const collection = app.manifest.collections.find((candidate) => candidate.name === name)
  if (!table || !collection) throw new Error(`there is no collection "${name}"`)
  return { table, collection }
}
