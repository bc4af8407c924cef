import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createClient } from '../../../client/src/index.ts'
import { freePort } from '../../../dev/free-port.ts'
import { until } from '../../../dev/harness/until.ts'
import { startPostgres } from '../../../dev/postgres.ts'
import type { App } from '../../../examples/invoices/sync.ts'
import { startDev } from './start-dev.ts'

it('DEV-54 what goes wrong while it runs is told in a sentence: Postgres away and back, an edit refused', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-dev-'))
  const [port, postgresPort] = [await freePort(), await freePort()]
  const data = { dataDir: join(directory, 'data'), port: postgresPort }
  let postgres = await startPostgres(data)
  const state = join(directory, 'state')
  const dev = startDev(state, ['--port', String(port)], postgres.connectionString)
  const url = `http://127.0.0.1:${port}`
  const getToken = async () => {
    const body = JSON.stringify({ person: 'ada' })
    const { token } = await (await fetch(`${url}/dev/token`, { method: 'POST', body })).json()
    return String(token)
  }
  let db: ReturnType<typeof createClient<App>> | undefined
  onTestFinished(async () => {
    db?.close()
    dev.kill('SIGINT')
    await dev.ended
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  })
  await dev.says('Ready: ')
  db = createClient<App>({ url, tenant: 'acme', getToken })
  db.contacts.all().subscribe(() => undefined)
  const { connection } = db
  await until('the client is live', () => connection.getSnapshot().state === 'live')
  expect(await db.contacts.insert({ id: 'before', name: 'before' }).committed).toEqual({ ok: true, seq: 1 })
  expect(dev.text()).not.toContain('\n! ')

  await postgres.stop()
  const edit = db.contacts.insert({ id: 'meanwhile', name: 'meanwhile' })
  await dev.says('! acme: Postgres does not answer (')
  expect(dev.text()).toContain('Editing goes on. 1 edit waits for it.')
  postgres = await startPostgres(data)
  expect(await edit.committed).toMatchObject({ ok: true })
  await dev.says('! acme: Postgres takes edits again.')

  const refused = db.invoices.insert({ id: 'i1', number: '2026-0318', contactId: 'before', totalCents: 1 })
  expect(await refused.committed).toMatchObject({ ok: false })
  await dev.says('! acme: Postgres refused edit ')
  const log = await readFile(join(state, 'worker.log'), 'utf8')
  for (const event of ['postgres-away', 'postgres-back', 'edit-reverted']) expect(log).toContain(`"${event}"`)
})
