import { describe, expect, it } from 'vitest'
import { checkSchema } from '../../../dev/check-schema/check.ts'
import { declare } from '../../../dev/check-schema/declare.ts'
import { withLevel } from '../../../dev/check-schema/finding.ts'
import { openDatabase } from '../../../dev/database.ts'
import { triggersMigration } from '../../../dev/generate-triggers.ts'
import { INVOICES } from '../../../dev/invoices/application.ts'
import { APPLICATION, HISTORIES } from '../../../dev/invoices/histories.ts'
import { readMigrations } from '../../../dev/migration-folder.ts'
import { Steps } from '../../../dev/steps.ts'
import { app } from '../../../examples/invoices/sync.ts'
import { useDatabase } from '../../postgres/support/database.ts'

const database = useDatabase(INVOICES)

const check = (otherRoles: readonly string[] = [], connectionString = database.postgres.connectionString) =>
  checkSchema(
    connectionString,
    { manifest: app.manifest, tables: declare(app, app.declared), histories: HISTORIES, otherRoles },
    [],
  )

const POLICY = `CREATE POLICY tidemark_tenant ON payments AS RESTRICTIVE TO tidemark_app
  USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''))`

describe('the check of the wall', () => {
  it.each([
    [
      'a role with power',
      'ALTER ROLE tidemark_app BYPASSRLS',
      'ALTER ROLE tidemark_app NOBYPASSRLS',
      'BYPASSRLS',
    ],
    [
      'one that is superuser',
      'ALTER ROLE tidemark_app SUPERUSER',
      'ALTER ROLE tidemark_app NOSUPERUSER',
      'SUPERUSER',
    ],
    ['one that inherits', 'ALTER ROLE tidemark_app INHERIT', 'ALTER ROLE tidemark_app NOINHERIT', 'INHERIT'],
    [
      'one that may become another',
      'CREATE ROLE mighty; GRANT mighty TO tidemark_app',
      'REVOKE mighty FROM tidemark_app; DROP ROLE mighty',
      'is a member of mighty',
    ],
    [
      'a second role of the Worker’s with power',
      'CREATE ROLE tidemark_app_b LOGIN INHERIT BYPASSRLS IN ROLE tidemark_app',
      'DROP ROLE tidemark_app_b',
      'tidemark_app_b: has BYPASSRLS',
    ],
    [
      'a table that the role owns',
      'ALTER TABLE payments OWNER TO tidemark_app',
      'ALTER TABLE payments OWNER TO postgres; GRANT SELECT, INSERT, UPDATE, DELETE ON payments TO tidemark_app',
      'owns payments',
    ],
    [
      'no row-level security',
      'ALTER TABLE payments DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE payments ENABLE ROW LEVEL SECURITY',
      'ENABLE ROW LEVEL SECURITY',
    ],
    ['no policy', 'DROP POLICY tidemark_tenant ON payments', POLICY, 'CREATE POLICY "tidemark_tenant"'],
    [
      'a policy of the same name that says something else',
      'ALTER POLICY tidemark_tenant ON payments USING (true)',
      `DROP POLICY tidemark_tenant ON payments; ${POLICY}`,
      'CREATE POLICY "tidemark_tenant"',
    ],
    [
      'a table of the engine’s without its policy',
      'ALTER POLICY tidemark_tenant ON tidemark.ledger USING (true)',
      "ALTER POLICY tidemark_tenant ON tidemark.ledger USING (tenant_id = nullif(current_setting('tidemark.tenant', true), ''))",
      'tidemark.ledger: lacks',
    ],
    [
      'a new table of the engine’s without any',
      'CREATE TABLE tidemark.later (tenant_id text, id text); GRANT SELECT ON tidemark.later TO tidemark_app',
      'DROP TABLE tidemark.later',
      'tidemark.later: lacks',
    ],
    [
      'a function that everybody may call',
      'GRANT EXECUTE ON FUNCTION tidemark.look TO PUBLIC',
      'REVOKE EXECUTE ON FUNCTION tidemark.look FROM PUBLIC',
      'rights on function tidemark.look',
    ],
    [
      'a table that the role may not touch as listed',
      'GRANT UPDATE ON tidemark.history_batch TO tidemark_app',
      'REVOKE UPDATE ON tidemark.history_batch FROM tidemark_app',
      'rights on table tidemark.history_batch',
    ],
    [
      'a right of the role that is gone',
      'REVOKE INSERT ON contacts FROM tidemark_app',
      'GRANT INSERT ON contacts TO tidemark_app',
      'GRANT SELECT, INSERT, UPDATE, DELETE ON "contacts"',
    ],
    [
      'a right that no policy holds back',
      'GRANT TRUNCATE ON contacts TO tidemark_app',
      'REVOKE TRUNCATE ON contacts FROM tidemark_app',
      'may TRUNCATE',
    ],
    [
      'a function that goes by its caller’s path',
      'ALTER FUNCTION tidemark.look RESET search_path',
      'ALTER FUNCTION tidemark.look SET search_path = pg_catalog, public, pg_temp',
      'search path of its caller',
    ],
    [
      'a reference that does not begin with the tenant',
      'ALTER TABLE contacts ADD UNIQUE (id); ALTER TABLE payments ADD CONSTRAINT loose FOREIGN KEY (invoice_id) REFERENCES contacts (id) NOT VALID',
      'ALTER TABLE payments DROP CONSTRAINT loose; ALTER TABLE contacts DROP CONSTRAINT contacts_id_key',
      '"loose" does not begin with tenant_id',
    ],
    [
      'a sequence that the role may not draw from',
      "CREATE SEQUENCE numbers; ALTER TABLE contacts ADD COLUMN place bigint DEFAULT nextval('numbers')",
      'ALTER TABLE contacts DROP COLUMN place; DROP SEQUENCE numbers',
      'GRANT USAGE ON SEQUENCE numbers TO tidemark_app',
    ],
  ])('WAL-9 finds %s', async (_, breaks, mends, told) => {
    await database.sql(breaks)
    const stops = withLevel(await check(), 'stop').map(({ place, message }) => `${place}: ${message}`)
    await database.sql(mends)
    expect(stops).toContainEqual(expect.stringContaining(told))
    expect(await check()).toEqual([])
  })

  it('WAL-9 tells of triggers that run with the rights of who writes, and stops nothing for them', async () => {
    await database.sql(
      `CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
       CREATE TRIGGER notes BEFORE INSERT ON contacts FOR EACH ROW EXECUTE FUNCTION note()`,
    )
    expect(await check()).toMatchObject([
      { level: 'fine', place: 'contacts', message: expect.stringContaining('"notes" runs with the rights') },
    ])
    await database.sql('ALTER FUNCTION note() SECURITY DEFINER')
    expect(await check()).toEqual([])
    await database.sql('DROP TRIGGER notes ON contacts; DROP FUNCTION note()')
  })

  it('WAL-9 has nothing to say of what others have put into the schema, such as the example of nudges', async () => {
    await database.sql(
      `CREATE TABLE tidemark.nudge_setting (url text);
       CREATE FUNCTION tidemark.nudge_token(text) RETURNS text LANGUAGE sql AS 'SELECT $1'`,
    )
    expect(await check()).toEqual([])
    await database.sql('DROP TABLE tidemark.nudge_setting; DROP FUNCTION tidemark.nudge_token')
  })

  it('WAL-9 tells where nobody is let in yet, and refuses to look as whom the policies bind', async () => {
    await database.sql('ALTER ROLE tidemark_app NOLOGIN')
    expect(await check()).toMatchObject([
      { level: 'fine', message: expect.stringContaining('nobody signs in') },
    ])
    await database.sql('ALTER ROLE tidemark_app LOGIN')
    await expect(check([], database.workerConnectionString)).rejects.toThrow("is the Worker's role")
  })

  it('WAL-8 names a role that would lose something, with what, until it is named or has a policy of its own', async () => {
    await database.sql('CREATE ROLE reporting; GRANT SELECT, UPDATE ON invoices TO reporting')
    expect(await check()).toMatchObject([
      { level: 'stop', place: 'invoices', message: expect.stringContaining('reporting may SELECT, UPDATE') },
    ])
    const migrations = await readMigrations(APPLICATION.folder)
    const text = triggersMigration([...app.declared.values()], migrations, ['reporting']) ?? ''
    expect(withLevel(await check(['reporting']), 'stop')).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('tidemark_open_reporting') }),
    )
    await database.sql(text)
    expect(await check(['reporting'])).toEqual([])
    await database.sql(
      'DROP POLICY tidemark_open_reporting ON invoices; CREATE POLICY own ON invoices TO reporting USING (true)',
    )
    expect(await check()).toEqual([])
    await database.sql('DROP POLICY own ON invoices; GRANT SELECT ON contacts TO PUBLIC')
    expect((await check()).map(({ place, message }) => `${place}: ${message}`)).toEqual([
      expect.stringMatching(/^contacts: PUBLIC may SELECT/),
      expect.stringMatching(/^invoices: reporting may SELECT, UPDATE/),
    ])
    await database.sql('REVOKE ALL ON contacts FROM PUBLIC; DROP OWNED BY reporting; DROP ROLE reporting')
    expect(await check()).toEqual([])
  })
})

it('WAL-11 in a database of somebody else’s the Worker connects as it is told, and as the owner that is said', async () => {
  const owner = database.postgres.connectionString
  const open = async (workerUrl: string | undefined) => {
    const said: string[] = []
    const started: (() => Promise<void>)[] = []
    const opened = await openDatabase({ port: 1, fresh: false, databaseUrl: owner, workerUrl }, started, {
      steps: new Steps((line) => said.push(line)),
      signal: new AbortController().signal,
      histories: HISTORIES,
    })
    for (const stop of started) await stop()
    return { worker: opened.workerConnectionString, said: said.join('\n') }
  }
  const { workerConnectionString: worker } = database
  expect(await open(worker)).toEqual({ worker, said: expect.not.stringContaining('no policy binds') })
  expect(await open(undefined)).toEqual({ worker: owner, said: expect.stringContaining('no policy binds') })
})
