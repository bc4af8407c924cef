import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type BuildFailure, build } from 'esbuild'
import type { TidemarkApp } from '../src/define/define-app.ts'
import type { Project } from './project.ts'
import { UsageError } from './usage-error.ts'

/** Where a project's modules are bundled to: below its folder, so that they find what it has installed. */
const FOLDER = '.tidemark'

let loaded = 0

/**
 * Loads a project's own module, in TypeScript and with whatever its imports mean to a bundler. Throws a UsageError
 * where there is none, or none that can be loaded.
 */
export async function loadModule(folder: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const entry = join(folder, path)
  if (!existsSync(entry)) throw new UsageError(`There is no ${path} in ${folder}.`)
  loaded += 1
  const outfile = join(folder, FOLDER, `module-${process.pid}-${loaded}.mjs`)
  await mkdir(join(folder, FOLDER), { recursive: true })
  try {
    await build({
      absWorkingDir: folder,
      entryPoints: [entry],
      outfile,
      bundle: true,
      packages: 'external',
      format: 'esm',
      platform: 'node',
      logLevel: 'silent',
    })
    return await import(pathToFileURL(outfile).href)
  } catch (error) {
    throw new UsageError(`${path} cannot be loaded: ${tellFault(error)}`)
  } finally {
    await rm(outfile, { force: true })
  }
}

function tellFault(error: unknown): string {
  if (isBuildFailure(error))
    return error.errors
      .map(({ text, location }) => (location ? `${text} (${location.file}:${location.line})` : text))
      .join('; ')
  return error instanceof Error ? error.message : String(error)
}

const isBuildFailure = (error: unknown): error is BuildFailure =>
  error instanceof Error && 'errors' in error && Array.isArray(error.errors)

/** The project's application. Throws a UsageError where its module exports none. */
export async function loadApp({ folder, app: path }: Pick<Project, 'folder' | 'app'>): Promise<TidemarkApp> {
  const { app } = await loadModule(folder, path)
  if (isApp(app)) return app
  throw new UsageError(`${path} has to export \`app\`, as defineApp(...) of "tidemark" makes it.`)
}

/** What only `defineApp` makes has all of these. */
const isApp = (given: unknown): given is TidemarkApp =>
  typeof given === 'object' &&
  given !== null &&
  ['manifest', 'rules', 'claims', 'tables', 'declared'].every((part) => part in given)
