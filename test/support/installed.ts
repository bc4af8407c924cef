import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { PROJECT } from '../../dev/build-worker.ts'
import { packBoth } from '../../dev/package/pack.ts'

const run = promisify(execFile)

/** A folder of somebody who has installed both packages, and has nothing of this repository. */
export type Installed = {
  readonly folder: string
  /** The files of an installed package. */
  readonly place: Readonly<Record<'tidemark' | '@tidemark/client', string>>
  /** What a program says that is run there, whether it ends well or not. */
  tell(program: string, ...args: string[]): Promise<string>
  remove(): Promise<void>
}

/**
 * Packs both packages and installs them as npm would, without the network: what they depend on is linked from what
 * this repository has installed.
 *
 * @param others packages that the somebody has beside
 */
export async function installBoth(others: readonly string[]): Promise<Installed> {
  const folder = await mkdtemp(join(tmpdir(), 'tidemark-installed-'))
  const packed = await mkdtemp(join(tmpdir(), 'tidemark-packed-'))
  const { engine, client } = await packBoth(packed)
  const place = {
    tidemark: await unpack(engine, join(folder, 'node_modules/tidemark')),
    '@tidemark/client': await unpack(client, join(folder, 'node_modules/@tidemark/client')),
  }
  await rm(packed, { recursive: true })
  const wanted = [
    ...others,
    ...(await dependenciesOf(place.tidemark)),
    ...(await dependenciesOf(place['@tidemark/client'])),
  ]
  for (const name of new Set(wanted)) {
    const link = join(folder, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(join(PROJECT, 'node_modules', name), link)
  }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  return {
    folder,
    place,
    tell: (program, ...args) =>
      run(process.execPath, [program, ...args], { cwd: folder }).then(
        ({ stdout }) => stdout,
        (failed: { stdout?: string; stderr?: string }) => `${failed.stdout}${failed.stderr}`,
      ),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function unpack(tarball: string, place: string): Promise<string> {
  await mkdir(place, { recursive: true })
  await run('tar', ['-xzf', tarball, '-C', place, '--strip-components', '1'])
  return place
}

async function dependenciesOf(place: string): Promise<string[]> {
  const manifest: unknown = JSON.parse(await readFile(join(place, 'package.json'), 'utf8'))
  return Object.keys(Object(manifest).dependencies)
}
