import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)

/** Hours: a second or so, in which some runs are made. */
const SHORT = '0.0004'

async function campaign(report: string, ...options: string[]) {
  const command = [
    'test/simulation/campaign/campaign.ts',
    '--report',
    report,
    '--operations',
    '20',
    ...options,
  ]
  const { stdout } = await run(process.execPath, command)
  return { stdout, kept: JSON.parse(await readFile(report, 'utf8')) }
}

it('SIM-10 a campaign goes on where its report stands, and leaves alone what is no report', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-campaign-'))
  try {
    const report = join(folder, 'report.json')
    const first = await campaign(report, '--seed', '7', '--hours', SHORT)
    expect(first.kept).toMatchObject({ firstSeed: 7, nextSeed: 7 + first.kept.sum.runs, failures: [] })
    const found = 'seed 3 fails'
    await writeFile(report, JSON.stringify({ ...first.kept, failures: [found] }))
    // What was found before makes it end with a failure.
    const again = await campaign(report, '--hours', SHORT).catch(({ code, stdout }) => ({ code, stdout }))
    expect(again).toMatchObject({ code: 1 })
    expect(again.stdout).toContain(`goes on with seed ${first.kept.nextSeed} `)
    expect(again.stdout).toContain('1 violations')
    const kept = JSON.parse(await readFile(report, 'utf8'))
    expect(kept.sum.runs).toBeGreaterThan(first.kept.sum.runs)
    expect(kept).toMatchObject({ firstSeed: 7, nextSeed: 7 + kept.sum.runs, failures: [found] })

    const other = join(folder, 'other.json')
    await writeFile(other, '{"nextSeed": 3}')
    await expect(campaign(other)).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--report'),
    })
    expect(await readFile(other, 'utf8')).toBe('{"nextSeed": 3}')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
