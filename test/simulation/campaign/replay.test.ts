import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { createTestTenant } from '../../../client/src/testing/index.ts'
import { reproOf } from '../../../client/src/trace/repro.ts'
import { Tracer } from '../../../client/src/trace/tracer.ts'
import { app } from '../../fixtures/board/sync.ts'

const run = promisify(execFile)

/** What a card is about, in the first session and in the one that is another. */
const [NUMBER, OTHER] = ['A-1', 'A-2'] as const

/** A session at a tenant in memory, as its repro says it. */
async function recorded(): Promise<string> {
  const tenant = createTestTenant(app)
  const trace = new Tracer()
  const db = tenant.client({ sub: 'ada', role: 'owner' }, { trace })
  db.cards.where({ status: 'open' }).subscribe(() => {})
  await tenant.settle()
  db.cards.insert({ number: NUMBER, assigneeId: 'p1', targetPoints: 10, status: 'open' })
  await tenant.settle()
  tenant.offline(db)
  await tenant.advance(5_000)
  tenant.online(db)
  await tenant.advance(5_000)
  const text = JSON.stringify(reproOf(trace))
  tenant.close()
  return text
}

it('TRC-10 the command replays the repro in a file, and says whether it comes to the same end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-repro-'))
  const path = join(folder, 'repro.json')
  const replayed = async (repro: string) => {
    await writeFile(path, repro)
    const args = ['--disable-warning=ExperimentalWarning', 'test/simulation/campaign/simulate.ts']
    return run(process.execPath, [...args, '--repro', path]).then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
        code,
        stdout,
        stderr,
      }),
    )
  }
  const repro = await recorded()
  expect(await replayed(repro)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^the same end after \d+ events\n$/),
  })
  expect(await replayed(repro.replace(NUMBER, OTHER))).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^differs: At \d+ ms, event \d+, there was: up /),
  })
  expect(await replayed('{}')).toMatchObject({ code: 2, stderr: expect.stringContaining('no repro') })
  await rm(folder, { recursive: true })
})
