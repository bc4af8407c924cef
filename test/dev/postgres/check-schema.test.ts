import { execFile } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checkSchema } from '../../../dev/check-schema/check.ts'
import { declare } from '../../../dev/check-schema/declare.ts'
import { INVOICES } from '../../../dev/invoices/application.ts'
import { APPLICATION, HISTORIES } from '../../../dev/invoices/histories.ts'
import { addMigration, beginMigrations } from '../../../dev/migration-folder.ts'
import { ENGINE } from '../../../dev/migration-history.ts'
import { app } from '../../../examples/invoices/sync.ts'
import type { Manifest } from '../../../src/protocol/manifest.ts'
import { copyOf } from '../../postgres/support/copy-of.ts'
import { useDatabase } from '../../postgres/support/database.ts'

const database = useDatabase(INVOICES)
const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))

async function check(histories = HISTORIES) {
  const declared = { manifest: app.manifest, tables: declare(app, app.declared), histories }
  return checkSchema(database.postgres.connectionString, declared, [])
}

/** The command as a person or a deploy runs it. */
async function run(more: Record<string, string> = {}) {
  const env = { ...process.env, DATABASE_URL: database.postgres.connectionString, ...more }
  const done = promisify(execFile)(process.execPath, ['src/cli/main.ts', 'check'], { cwd: PROJECT, env })
  return done.then(
    ({ stdout }) => ({ code: 0, lines: stdout.trim().split('\n') }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      code: error.code,
      lines: (error.stdout + error.stderr).trim().split('\n'),
    }),
  )
}

describe('the schema check', () => {
  it('CHK-4 has nothing to say of a migrated database, and changes nothing there', async () => {
    const tables = () => database.sql('SELECT count(*) FROM pg_class')
    const before = await tables()
    expect(await check()).toEqual([])
    expect(await tables()).toEqual(before)
    expect(await run()).toEqual({ code: 0, lines: ['nothing to do'] })
  })

  it.each([
    [
      'a column',
      'ALTER TABLE invoices RENAME COLUMN due_on TO due',
      'ALTER TABLE invoices RENAME COLUMN due TO due_on',
      'invoices.dueOn',
    ],
    ['a table', 'ALTER TABLE payments RENAME TO paid', 'ALTER TABLE paid RENAME TO payments', 'payments'],
    [
      'a type',
      'ALTER TABLE invoices ALTER reminders TYPE smallint',
      'ALTER TABLE invoices ALTER reminders TYPE integer',
      'invoices.reminders',
    ],
    [
      'a limit',
      'ALTER TABLE contacts ALTER city TYPE varchar(9)',
      'ALTER TABLE contacts ALTER city TYPE text',
      'contacts.city',
    ],
    [
      'a NOT NULL',
      'ALTER TABLE invoices ALTER due_on SET NOT NULL',
      'ALTER TABLE invoices ALTER due_on DROP NOT NULL',
      'invoices.dueOn',
    ],
    [
      'a missing NOT NULL',
      'ALTER TABLE contacts ALTER city DROP NOT NULL',
      'ALTER TABLE contacts ALTER city SET NOT NULL',
      'contacts.city',
    ],
    [
      'a default',
      "ALTER TABLE contacts ALTER city SET DEFAULT 'it''s'",
      "ALTER TABLE contacts ALTER city SET DEFAULT ''",
      'contacts.city',
    ],
    [
      'a computed default',
      'ALTER TABLE invoices ALTER reminders SET DEFAULT 1 + 1',
      'ALTER TABLE invoices ALTER reminders SET DEFAULT 0',
      'invoices.reminders',
    ],
    [
      'a key',
      'ALTER TABLE payments DROP CONSTRAINT payments_tenant_id_id_pk',
      'ALTER TABLE payments ADD CONSTRAINT payments_tenant_id_id_pk PRIMARY KEY (tenant_id, id)',
      'payments',
    ],
    [
      'the order of ids',
      'ALTER TABLE payments ALTER id TYPE text COLLATE "default"',
      'ALTER TABLE payments ALTER id TYPE text COLLATE "C"',
      'payments',
    ],
    [
      'a deferrable reference',
      'ALTER TABLE payments ALTER CONSTRAINT payments_invoice NOT DEFERRABLE',
      'ALTER TABLE payments ALTER CONSTRAINT payments_invoice DEFERRABLE INITIALLY IMMEDIATE',
      'payments',
    ],
    [
      'a trigger that is off',
      'ALTER TABLE contacts DISABLE TRIGGER USER',
      'ALTER TABLE contacts ENABLE TRIGGER USER',
      'contacts',
    ],
    [
      'a column that needs a value',
      'ALTER TABLE contacts ADD extra text NOT NULL',
      'ALTER TABLE contacts DROP extra',
      'contacts',
    ],
    [
      'a cascade onto itself',
      'ALTER TABLE contacts ADD parent text, ADD CONSTRAINT up FOREIGN KEY (tenant_id, parent) REFERENCES contacts ON DELETE CASCADE',
      'ALTER TABLE contacts DROP parent',
      'contacts',
    ],
    [
      'a value that is not listed',
      "INSERT INTO contacts (tenant_id, id, name) VALUES ('t', 'c', 'n'); INSERT INTO invoices (tenant_id, id, number, contact_id, total_cents, status) VALUES ('t', 'i', '1', 'c', 1, 'lost')",
      'DELETE FROM invoices; DELETE FROM contacts',
      'invoices.status',
    ],
  ])('CHK-4 finds %s that differs', async (_, spoil, mend, place) => {
    await database.sql(spoil)
    const findings = await check()
    await database.sql(mend)
    expect([...new Set(findings.map((finding) => `${finding.level} ${finding.place}`))]).toEqual([
      `stop ${place}`,
    ])
    expect(await check()).toEqual([])
  })

  it('CHK-4 finds a trigger of an earlier form', async () => {
    const definition =
      'CREATE TRIGGER "00_tidemark_change" AFTER INSERT OR UPDATE OR DELETE ON contacts FOR EACH ROW'
    const call = 'EXECUTE FUNCTION tidemark.capture_change()'
    await database.sql(`DROP TRIGGER "00_tidemark_change" ON contacts; ${definition} ${call}`)
    const [finding, ...more] = await check()
    expect([finding?.message, more]).toEqual([
      expect.stringContaining('CREATE TRIGGER "00_tidemark_change"'),
      [],
    ])
    const made = finding?.message.match(/CREATE TRIGGER.*$/)?.[0] ?? ''
    await database.sql(`DROP TRIGGER "00_tidemark_change" ON contacts; ${made}`)
    expect(await check()).toEqual([])
  })

  it('ASD-11 stops at a column that Postgres fills by itself and the application writes', async () => {
    await database.sql(`ALTER TABLE contacts ADD COLUMN city_was text NOT NULL DEFAULT ''`)
    await database.sql('ALTER TABLE contacts RENAME COLUMN city TO city_plain')
    await database.sql('ALTER TABLE contacts ADD COLUMN city text GENERATED ALWAYS AS (name) STORED')
    try {
      const findings = await check()
      expect(findings.map(({ message }) => message).join(' ')).toContain('Postgres fills it by itself')
    } finally {
      await database.sql('ALTER TABLE contacts DROP COLUMN city, DROP COLUMN city_was')
      await database.sql('ALTER TABLE contacts RENAME COLUMN city_plain TO city')
    }
  })

  it('CHK-4 finds migrations that were not applied, of the engine and of the application', async () => {
    const longer = await Promise.all(
      HISTORIES.map(async (history) => {
        const folder = await copyOf(history.folder)
        await addMigration(folder, 'later', 'SELECT 1;')
        return { ...history, folder }
      }),
    )
    expect(await check(longer)).toMatchObject([
      {
        level: 'stop',
        message: expect.stringMatching(/^1 of \d+ have not been applied. Run tidemark migrate.$/),
      },
      {
        level: 'stop',
        message: expect.stringMatching(/^1 of \d+ have not been applied. Run tidemark migrate.$/),
      },
    ])
  })

  it('CHK-4 finds that a database was made by other migrations', async () => {
    const folder = await copyOf(ENGINE.folder)
    await beginMigrations(folder, 'engine', 'SELECT 1;')
    expect(await check([{ ...ENGINE, folder }, APPLICATION])).toMatchObject([
      { level: 'stop', message: expect.stringContaining('was made by other migrations') },
    ])
  })

  it('CHK-5 ends with 1 when a deploy would take something away from clients, and with 0 when it is meant', async () => {
    onTestFinished(async () => void (await database.sql('DELETE FROM tidemark.manifest')))
    const [contacts, ...others] = app.manifest.collections
    if (!contacts) throw new Error('the application has collections')
    const nick = { name: 'nick', type: 'text', nullable: true, policy: { kind: 'lww' } } as const
    const [id, name, , ...rest] = contacts.columns
    if (!id || !name) throw new Error('contacts have columns')
    const served: Manifest = {
      hash: 'earlier',
      collections: [{ ...contacts, columns: [id, name, nick, ...rest] }, ...others],
    }
    await database.gateway('t').serve(app.manifest)
    await database.gateway('t').serve(served)
    const { code, lines } = await run()
    expect({ code, lines: lines.map((line) => line.split(': ')[0]) }).toEqual({
      code: 1,
      lines: ['stop  contacts.nick', 'fine  contacts.email'],
    })
    expect(await run({ SCHEMA_ALLOW: 'contacts.nick' })).toMatchObject({ code: 0 })
    await database.gateway('t').serve(app.manifest)
    expect(await run()).toEqual({ code: 0, lines: ['nothing to do'] })
  })

  it('CHK-5 says what to do when there is no database to ask', async () => {
    const { code, lines } = await run({ DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' })
    expect([code, lines.join()]).toEqual([1, expect.stringContaining('127.0.0.1:1')])
  })
})
