import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { packBoth } from './pack.ts'

/** `npm run check:package`: packs both packages and has two tools judge how others will resolve them. */

const folder = await mkdtemp(join(tmpdir(), 'tidemark-packed-'))
try {
  for (const tarball of Object.values(await packBoth(folder))) {
    for (const check of [
      ['publint', '--strict', tarball],
      ['attw', '--profile', 'esm-only', tarball],
    ]) {
      const { status } = spawnSync('npm', ['exec', '--', ...check], { stdio: 'inherit' })
      if (status !== 0) process.exitCode = 1
    }
  }
} finally {
  await rm(folder, { recursive: true })
}
