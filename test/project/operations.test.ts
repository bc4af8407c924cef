import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { RULE_NAMES, RULES, type Rule } from '../../src/core/alerts/rules.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const FOLDER = join(ROOT, 'docs/operations')

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

const pages = readdirSync(FOLDER).map((file) => ({ file, text: read(`docs/operations/${file}`) }))

/** The pages that are no alert's. */
const OTHERS = [
  'README.md',
  'backup-and-restore.md',
  'moving-a-tenant.md',
  'rotating-secrets.md',
  'upgrading-postgres.md',
]

const HEADINGS = ['What it means', 'What to look at', 'What to do']

const isAlert = ({ file }: { file: string }) => !OTHERS.includes(file)

const headingsOf = (text: string) => [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)

/** The commands of a page: what stands in blocks of sh, and what begins with a program in a line of text. */
const PROGRAMS = /^(npm|npx|curl|psql|pg_dump|pg_restore|openssl) /

const commandsOf = (text: string): string[] =>
  [
    ...[...text.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
      block.split('\n').map(withoutSettings),
    ),
    ...[...text.matchAll(/`([^`\n]+)`/g)]
      .map(([, inline = '']) => withoutSettings(inline))
      .filter((line) => PROGRAMS.test(line)),
  ].filter((line) => line !== '')

/** Without a remark after it, the variable it is kept in, and the settings before it. */
function withoutSettings(line: string): string {
  return line
    .trim()
    .replace(/\s#.*$/, '')
    .replace(/^export \S+$/, '')
    .replace(/^\w+=\$\((.*)\)$/, '$1')
    .replace(/^(\w+=[^\s(]*\s+)+/, '')
    .trim()
}

const commands = pages.flatMap(({ file, text }) => commandsOf(text).map((command) => ({ file, command })))

/** A command in another one counts as well. */
const all = commands.flatMap(({ file, command }) => [
  { file, command: command.replace(/\$\(.*?\)/g, 'x') },
  ...[...command.matchAll(/\$\((.*?)\)/g)].map(([, inner = '']) => ({ file, command: inner })),
])

it('RUN-1 every alert has a page of the runbook, and every page is an alert’s or a known one', () => {
  expect(pages.map(({ file }) => file).toSorted()).toEqual(
    [...OTHERS, ...RULE_NAMES.map((name) => `${name}.md`)].toSorted(),
  )
})

it('RUN-1 the page of an alert says what it means, what to look at and what to do, in this order', () => {
  for (const page of pages.filter(isAlert)) {
    expect([page.file, headingsOf(page.text)]).toEqual([page.file, HEADINGS])
    expect(page.text.split('\n')[0]).toBe(`# ${page.file.replace('.md', '')}`)
    for (const part of page.text.split(/^## .+$/m).slice(1)) expect(part.trim().length).toBeGreaterThan(80)
  }
})

/** A threshold as a document writes it; empty for the least that there is. */
function thresholdOf({ unit, atLeast }: Rule): string {
  if (unit === 'records') return atLeast === 1 ? 'a record' : `${atLeast} records`
  if (unit === 'share') return `${atLeast * 100} %`
  if (unit === 'per hour') return `${atLeast} times`
  if (atLeast === 60_000) return 'a minute'
  return atLeast === 0 ? '' : `${atLeast / 1_000} s`
}

it('RUN-1 the table of alerts has each with its page, and the thresholds that it tells are those of the rules', () => {
  const table = read('docs/operations/README.md').match(/^\| `[a-z-]+` \| .+\.md\) \|$/gm) ?? []
  const rows = table.map((row) => {
    const [, name = '', , scope = '', page = ''] = row.split('|').map((cell) => cell.trim())
    return [name.replaceAll('`', ''), scope, page]
  })
  expect(table.map((row, i) => row.includes(thresholdOf(RULES[RULE_NAMES[i] ?? 'parked'])))).toEqual(
    RULE_NAMES.map(() => true),
  )
  expect(rows).toEqual(
    RULE_NAMES.map((name) => [
      name,
      RULES[name].about === 'tenant' ? 'a tenant' : 'the deployment',
      `[${name}.md](${name}.md)`,
    ]),
  )
})

it('RUN-2 every npm script that the runbook names exists', () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'))
  const named = all.flatMap(({ command }) => /^npm run (?:-s )?(\S+)/.exec(command)?.[1] ?? [])
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})

/** The requests that a file of the Worker answers. */
function routesIn(path: string, at: string): string[] {
  return [...read(path).matchAll(/\.(get|post|delete)\('([^']*)'/g)].map(
    ([, method = '', route = '']) => `${method.toUpperCase()} ${`${at}${route}`.replace(/\/$/, '')}`,
  )
}

it('RUN-2 every request that the runbook names is one that the Worker takes', () => {
  const taken = new Set([
    ...routesIn('src/worker/routes.ts', ''),
    ...routesIn('src/worker/operate.ts', '/sync/tenant'),
  ])
  const requests = all
    .filter(({ command }) => command.startsWith('curl'))
    .map(({ command }) => {
      const [, method = 'GET'] = /-X (\S+)/.exec(command) ?? []
      const [, path = ''] = /\$WORKER(\/[^\s"?]*)/.exec(command) ?? []
      return `${method} ${path}`
    })
  expect(requests.length).toBeGreaterThan(8)
  expect(requests.filter((request) => !taken.has(request))).toEqual([])
})

it('RUN-2 every command of Wrangler that the runbook names exists', async () => {
  const named = new Set(
    all.flatMap(
      ({ command }) => /^npx wrangler ((?:[a-z]+ ?)+?)(?= -| [A-Z]|$)/.exec(command)?.[1]?.trim() ?? [],
    ),
  )
  expect([...named].toSorted()).toEqual(['deployments list', 'rollback', 'secret put', 'tail'])
  const wrangler = join(ROOT, 'node_modules/wrangler/bin/wrangler.js')
  const helps = [...named].map(async (name) => {
    const args = [wrangler, ...name.split(' '), '--help']
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, CI: '1' } })
    expect(stdout).toContain(`wrangler ${name}`)
  })
  await Promise.all(helps)
})

it('RUN-2 the runbook names no program that is not known, and no page that is not there', () => {
  expect(all.filter(({ command }) => !PROGRAMS.test(command))).toEqual([])
  const links = pages.flatMap(({ text }) =>
    [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path = '']) => path),
  )
  expect(links.length).toBeGreaterThan(10)
  expect(links.filter((path) => !existsSync(join(FOLDER, path)))).toEqual([])
})

it('RUN-2 what the runbook reads in Postgres is there', () => {
  const statements = all.flatMap(({ command }) => /-c "(.*)"/.exec(command)?.[1] ?? [])
  const conflicts = statements.find((statement) => statement.includes('tidemark.conflict'))
  expect(conflicts).toBeDefined()
  const table = read('src/postgres/sql/tables/conflict.sql')
  for (const column of ['tenant_id', 'collection', 'field', 'policy', 'state', 'loser_by', 'at'])
    expect(table).toMatch(new RegExp(`^  ${column} `, 'm'))
})
