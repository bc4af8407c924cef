import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { PROJECT } from './build-worker.ts'

/** Builds the web page into web/dist. Throws with the build's own words. */
export async function buildWeb(report: (line: string) => void): Promise<void> {
  report('Building the web page ...')
  const web = join(PROJECT, 'web')
  const vite = join(
    dirname(createRequire(join(web, 'package.json')).resolve('vite/package.json')),
    'bin',
    'vite.js',
  )
  try {
    await promisify(execFile)(process.execPath, [vite, 'build', '--logLevel', 'error'], { cwd: web })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    throw new Error(`The web page cannot be built:\n${said.trim()}`)
  }
}
