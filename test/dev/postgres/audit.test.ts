import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runAudit } from '../../../dev/audit/command.ts'
import { LIVED, live } from '../../postgres/support/audited.ts'
import { useDatabase } from '../../postgres/support/database.ts'

const database = useDatabase()
const report = () => undefined
const run = (...args: string[]) =>
  runAudit(args, async () => database.postgres.connectionString, { report, pageLines: 3 })

/** Statements of somebody who may do everything, in one transaction. */
const meddle = (text: string) =>
  database.sql(`BEGIN; SET LOCAL session_replication_role = replica; ${text}; COMMIT`)

beforeAll(async () => {
  for (const tenant of ['acme', 'globex']) await live(database, tenant)
})

/** A file with what the heads are now. */
async function print(): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'tidemark-test-')), 'heads.jsonl')
  await writeFile(file, `${(await run('--head')).lines.join('\n')}\n`)
  return file
}

test('AUD-7 says how much was checked, of all tenants or of one, in words or as one line of JSON', async () => {
  expect(await run()).toEqual({
    lines: ['Checked 2 tenants, 20 lines, 26 edits: nothing was changed.'],
    code: 0,
  })
  const { lines, code } = await run('--tenant', 'acme', '--json')
  expect(code).toBe(0)
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { tenants: 1, ...LIVED, erasing: [], found: 0, tampering: [] },
  ])
})

test('AUD-7 what cannot be checked is an error that says what to do', async () => {
  await expect(run('--tenant', 'nobody')).rejects.toThrow('There is no tenant nobody')
  await expect(run('--head', '--tenant', 'nobody')).rejects.toThrow('no ledger of a tenant nobody')
  await expect(run('--tennant', 'acme')).rejects.toThrow(/'--tennant'[\s\S]*Usage: npm run audit/)
  await expect(run('--head', '--expect', 'x')).rejects.toThrow('Give --head')
  await expect(run('--expect', '/nowhere/heads')).rejects.toThrow('ENOENT')
  const file = await print()
  await writeFile(file, '{"tenant":"acme","line":1}\n')
  await expect(run('--expect', file)).rejects.toThrow('Line 1 of')
  await writeFile(file, '\n')
  await expect(run('--expect', file)).rejects.toThrow('is empty')
  await database.sql('CREATE DATABASE bare')
  const bare = Object.assign(new URL(database.postgres.connectionString), { pathname: '/bare' }).href
  await expect(runAudit([], async () => bare, { report })).rejects.toThrow('tidemark migrate')
})

test('AUD-8 a print of the heads fits the chains that go on from it', async () => {
  const file = await print()
  expect(await run('--expect', file)).toMatchObject({ code: 0 })
  expect((await run('--head', '--tenant', 'acme')).lines).toEqual([
    expect.stringMatching(/^\{"tenant":"acme","line":10,"hash":"[0-9a-f]{64}"\}$/),
  ])
})

test('AUD-8 a chain that was rewritten, cut with its ledger, or removed is found by an earlier print alone', async () => {
  for (const tenant of ['rewritten', 'cut', 'removed']) await live(database, tenant)
  const file = await print()
  // Line after line, with hashes that fit.
  await meddle(`UPDATE tidemark.history_batch SET changes = changes || ' ' WHERE tenant_id = 'rewritten' AND line = 8;
    DO $$
    DECLARE v_hash bytea;
    BEGIN
      FOR i IN 8 .. 10 LOOP
        UPDATE tidemark.history_batch SET previous = coalesce(v_hash, previous) WHERE tenant_id = 'rewritten' AND line = i;
        UPDATE tidemark.history_batch
          SET hash = tidemark.hash_line(previous, tenant_id, epoch, last_seq, edits, changes, refusal)
          WHERE tenant_id = 'rewritten' AND line = i RETURNING hash INTO v_hash;
      END LOOP;
      UPDATE tidemark.ledger SET last_hash = v_hash WHERE tenant_id = 'rewritten';
    END $$`)
  await meddle(`DELETE FROM tidemark.history_batch WHERE tenant_id = 'cut' AND line > 8;
    UPDATE tidemark.ledger SET last_line = 8,
        last_hash = (SELECT hash FROM tidemark.history_batch WHERE tenant_id = 'cut' AND line = 8)
      WHERE tenant_id = 'cut'`)
  await meddle(`DELETE FROM tidemark.history_batch WHERE tenant_id = 'removed';
    DELETE FROM tidemark.ledger WHERE tenant_id = 'removed'`)
  expect(await run()).toMatchObject({ code: 0 })
  const compared = await run('--expect', file, '--json')
  expect(compared.code).toBe(1)
  const found = JSON.parse(compared.lines[0] ?? '')
  expect(found).toMatchObject({
    found: 3,
    tampering: [
      { tenant: 'cut', kind: 'rewritten', message: expect.stringContaining('goes further') },
      { tenant: 'rewritten', kind: 'rewritten', message: expect.stringContaining('not those') },
      { tenant: 'removed', kind: 'gone' },
    ],
  })
})

test('AUD-7 says what was changed where, with 1, and counts what is too much to tell', async () => {
  await meddle("UPDATE tidemark.history_batch SET changes = '[]' WHERE tenant_id = 'globex' AND line = 2")
  expect(await run('--tenant', 'globex')).toEqual({
    lines: [
      'globex, line 2 (epoch epoch-1, seq 3 to 4): its content was changed after it was written.',
      'Checked 1 tenant, 10 lines, 13 edits: the history was tampered with.',
    ],
    code: 1,
  })
  await live(database, 'many')
  await meddle(`INSERT INTO tidemark.history_batch (tenant_id, epoch, last_seq, edits, changes, line, previous, hash)
    SELECT 'many', 'forged', i, '[]', '', 10 + i, '', '' FROM generate_series(1, 150) AS i`)
  const { lines, code } = await run('--tenant', 'many')
  expect({ code, told: lines.length, rest: lines.at(-2) }).toEqual({
    code: 1,
    told: 102,
    rest: expect.stringMatching(/^\d+ more findings like these\.$/),
  })
})
