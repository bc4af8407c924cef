import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { expect, it, onTestFinished } from 'vitest'

/** From the root of the repository. */
const RUN = resolve(import.meta.dirname, '../..', '.ci/run')

const PARTS = ['tests', 'types', 'lint', 'unused', 'worker-types', 'size', 'package', 'house', 'proof']

/** Runs all parts with an `npm` that does as `script` says, in the words of the shell. */
async function runWith(script: string): Promise<{ code: number; lines: string[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-ci-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const npm = join(directory, 'npm')
  await writeFile(npm, `#!/bin/sh\n${script}\n`)
  await chmod(npm, 0o755)
  const env = { ...process.env, PATH: `${directory}:${process.env['PATH']}` }
  return new Promise((resolve) => {
    execFile(RUN, { env }, (error, stdout) => {
      const code = error === null ? 0 : Number(error.code)
      resolve({ code, lines: stdout.trimEnd().split('\n') })
    })
  })
}

const GOOD = `case "$*" in
  test) echo '1400 passed, 0 failed' ;;
  'run proof') echo '7 passed, 0 failed' ;;
  ci) echo '3 passed, 9 failed of something else' ;;
esac`

const verdicts = (lines: string[]) =>
  Object.fromEntries(
    lines
      .slice(lines.indexOf('== summary'))
      .flatMap((line) => [...line.matchAll(/^(\S+) +(\d+) passed +(\d+) failed .* (ok|FAILED)/g)])
      .map(([, name = '', good, bad, verdict]) => [name, `${good} ${bad} ${verdict}`]),
  )

it('CI-1 the last line has the totals of all tests and checks', async () => {
  const { code, lines } = await runWith(GOOD)
  expect(lines.at(-1)).toBe('1414 passed, 0 failed')
  expect(code).toBe(0)
  expect(Object.keys(verdicts(lines))).toEqual(PARTS)
})

it('CI-1 every part runs after one that failed, and the summary names what did', async () => {
  const { code, lines } = await runWith(`${GOOD}
    case "$*" in 'run check:lint') exit 1 ;; test) echo '1398 passed, 2 failed'; exit 1 ;; esac`)
  expect(lines.at(-1)).toBe('1411 passed, 3 failed')
  expect(code).toBe(1)
  expect(verdicts(lines)).toMatchObject({ tests: '1398 2 FAILED', types: '1 0 ok', lint: '0 1 FAILED' })
  expect(verdicts(lines)).toMatchObject({ proof: '7 0 ok' })
})

it('CI-1 tests that failed are named near the end, where the end of a long output is all that is kept', async () => {
  const failure =
    ' FAIL  unit  test/some.test.ts > CLI-1 does it\\nAssertionError: expected 1 to be 2\\n  at some.ts:1'
  const { lines } = await runWith(`${GOOD}
    case "$*" in test) printf '${failure}\\n${failure}\\n'; echo '1399 passed, 1 failed'; exit 1 ;; esac`)
  const named = lines.slice(lines.indexOf('== failures') + 1, lines.indexOf('== summary'))
  expect(named.filter((line) => line !== '')).toEqual([
    'tests: unit  test/some.test.ts > CLI-1 does it',
    '    AssertionError: expected 1 to be 2',
  ])
})

it.for([
  ['an installation that fails', "case $1 in ci) exit 1 ;; test) echo '5 passed, 0 failed' ;; esac", 'tests'],
  ['tests that say nothing', "case $2 in proof) echo '7 passed, 0 failed' ;; esac", 'tests'],
  ['a proof that ends badly with good totals', `${GOOD}; case $2 in proof) exit 3 ;; esac`, 'proof'],
  ['a proof that ran nothing', "case $1 in test) echo '5 passed, 0 failed' ;; esac", 'proof'],
] as const)('CI-1 %s is a failure', async ([, script, part]) => {
  const { code, lines } = await runWith(script)
  expect(code).toBe(1)
  expect(lines.at(-1)).toMatch(/^\d+ passed, [1-9]\d* failed$/)
  expect(verdicts(lines)[part]).toContain('FAILED')
})

it('CI-2 what the README names is what is run', async () => {
  const readme = await readFile('README.md', 'utf8')
  const run = await readFile(RUN, 'utf8')
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  expect(run).toMatch(/^part tests 'npm ci && npm test' tests$/m)
  expect(readme).toMatch(/^npm ci && npm test /m)
  const commands = [...run.matchAll(/^part \S+ 'npm run (\S+)'/gm)].map(([, name = '']) => name)
  expect(commands.filter((name) => typeof scripts[name] !== 'string')).toEqual([])
  expect(String(scripts.check).split(' && ').toSorted()).toEqual(
    commands
      .filter((name) => name !== 'proof')
      .map((name) => `npm run ${name}`)
      .toSorted(),
  )
})

it('CI-2 no test has a deadline of its own, so that none is judged by the speed of a machine', async () => {
  const files = globSync([
    'test/**/*.{test,proof}.ts',
    '{client,examples/invoices/web}/test/**/*.test.{ts,tsx}',
  ])
  const hasty = await Promise.all(
    files.map(async (file) => ((await readFile(file, 'utf8')).match(/^\}, [\d_]+\)$/m) ? [file] : [])),
  )
  expect(hasty.flat()).toEqual([])
})
