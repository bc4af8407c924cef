import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import * as v from 'valibot'

/**
 * Where the local stack of the project in this folder keeps all of its state; `--fresh` removes it. TIDEMARK_STATE
 * names another folder.
 */
export const STATE_FOLDER = resolve(process.env['TIDEMARK_STATE'] || '.tidemark')

/** The data of its own Postgres. */
export const POSTGRES_FOLDER = join(STATE_FOLDER, 'postgres')

const FILE = join(STATE_FOLDER, 'stack.json')

const stackSchema = v.object({
  /** Of the process that runs the stack. */
  pid: v.number(),
  url: v.string(),
  connectionString: v.string(),
  neonEndpoint: v.optional(v.string()),
})

/** What a running stack tells other commands about itself. */
export type StackFile = v.InferOutput<typeof stackSchema>

/** What the last stack wrote, running or not. Undefined when there is none that can be read. */
export async function readStackFile(): Promise<StackFile | undefined> {
  try {
    const parsed = v.safeParse(stackSchema, JSON.parse(await readFile(FILE, 'utf8')))
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}

/** For the owner's eyes: a connection string holds a password. */
export async function writeStackFile(stack: StackFile): Promise<void> {
  await mkdir(STATE_FOLDER, { recursive: true })
  await writeFile(FILE, `${JSON.stringify(stack, null, 2)}\n`, { mode: 0o600 })
}

export async function removeStackFile(): Promise<void> {
  await rm(FILE, { force: true })
}

/** Whether a process of this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
