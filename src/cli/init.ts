import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { confirm, isCancel } from '@clack/prompts'
import { defineCommand } from 'citty'
import { UsageError } from '../../dev/usage-error.ts'
import { type Plan, planFor } from './init/plan.ts'
import { JSON_OPTION } from './options.ts'
import { outputFor } from './output.ts'

/** What will be written, and what will not, for people to read before it is. */
function toLines({ files, added, kept, left }: Plan): string[] {
  const indented = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`)
  return [
    ...files.flatMap(({ path, text }) => [`+ ${path}`, ...indented(text)]),
    ...(added
      ? ['~ package.json, which keeps what it has', ...added.lines.map((line) => `    + ${line}`)]
      : []),
    ...kept.map((path) => `= ${path} is there, and stays as it is`),
    ...left.map((line) => `! ${line}`),
  ]
}

async function write(folder: string, { files, added }: Plan): Promise<string[]> {
  const all = [...files, ...(added ? [{ path: 'package.json', text: added.text }] : [])]
  for (const { path, text } of all) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    // Whatever came there since it was looked at is not written over.
    await writeFile(join(folder, path), text, { flag: path === 'package.json' ? 'w' : 'wx' })
  }
  return all.map(({ path }) => path)
}

async function isWanted(yes: boolean): Promise<boolean> {
  if (yes) return true
  if (!process.stdin.isTTY)
    throw new UsageError(
      'Nothing was written. There is no terminal to ask at: say --yes to write it, or --dry-run.',
    )
  const answer = await confirm({ message: 'Write this?' })
  return !isCancel(answer) && answer
}

const NEXT = [
  'Next: npm install',
  '      npm run generate   # the migrations: your tables, and their triggers',
  '      npm run dev        # the whole stack, here',
]

/** Makes a project of a folder, or of a Drizzle project that there is; nothing that is there is written over. */
export const init = defineCommand({
  meta: { name: 'init', description: 'Add Tidemark to this folder, empty or not; shows what it will write' },
  args: {
    yes: { type: 'boolean', description: 'Write without asking', default: false },
    'dry-run': { type: 'boolean', description: 'Only show what would be written', default: false },
    ...JSON_OPTION,
  },
  async run({ args }) {
    const folder = process.cwd()
    const output = outputFor(args.json)
    const plan = await planFor(folder)
    for (const line of toLines(plan)) output.say(line)
    const writes =
      !args['dry-run'] && plan.files.length + (plan.added ? 1 : 0) > 0 && (await isWanted(args.yes))
    const wrote = writes ? await write(folder, plan) : []
    const told = wrote.length > 0 ? [`Wrote ${wrote.join(', ')}.`, ...NEXT] : ['Nothing was written.']
    output.result(told, { wrote, kept: plan.kept, left: plan.left })
  },
})
