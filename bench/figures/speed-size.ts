import { execFile } from 'node:child_process'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as v from 'valibot'
import type { Figure } from '../../dev/harness/figure.ts'
import { rounded } from '../load/numbers.ts'

const CLIENT = fileURLToPath(new URL('../../client/', import.meta.url))

const sizesSchema = v.array(v.object({ name: v.string(), size: v.number() }))

/** What an application loads to be a client. */
export const speedSize: Figure<'gzipKb'> = {
  name: 'speed-size',
  about: 'kB of the client library with all that it needs, minified and gzipped',
  fields: ['gzipKb'],
  goal: 'gzipKb <= 12',
  async measure(report) {
    const run = promisify(execFile)
    report('building the client')
    await run('npm', ['run', 'build'], { cwd: CLIENT })
    const { stdout } = await run('npx', ['size-limit', '--json'], { cwd: CLIENT, env: process.env })
    const core = v.parse(sizesSchema, JSON.parse(stdout)).find(({ name }) => name === 'core')
    if (!core) throw new Error('the size of the core is not measured')
    const gzipKb = rounded(core.size / 1_000)
    return { fields: { gzipKb }, input: { with: 'partysocket, valibot' }, ok: gzipKb <= 12 }
  },
}
