import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type OutputChunk, rolldown } from 'rolldown'
import { PROJECT } from '../build-worker.ts'

/** A page's script as a bundler makes it. */
export type Bundle = {
  /** Bytes, minified and gzipped, of what is loaded before anything runs. */
  readonly initial: number
  /** Bytes of all of it, with what is loaded while it runs. */
  readonly total: number
  /** The files that all of it is made of, as seen from the project, and those of what is loaded before anything runs. */
  readonly modules: readonly string[]
  readonly initialModules: readonly string[]
}

type Options = {
  /** What is imported comes from outside, and is not counted. */
  readonly external?: readonly string[]
  /** Whence names of packages are resolved. */
  readonly folder?: string
  /** Conditions of exports that are met, before those of a browser. */
  readonly conditions?: readonly string[]
}

/** Bundles a script for the browser, minified. */
export async function bundleScript(
  script: string,
  { external = [], folder = PROJECT, conditions = [] }: Options = {},
): Promise<Bundle> {
  const entry = join(folder, 'entry.ts')
  const build = await rolldown({
    input: entry,
    platform: 'browser',
    external: [...external],
    logLevel: 'silent',
    resolve: { conditionNames: [...conditions, 'browser', 'import', 'default'] },
    plugins: [
      {
        name: 'script',
        load: (id) => (id === entry ? script : null),
        resolveId: (id) => (id === entry ? id : null),
      },
    ],
  })
  const { output } = await build.generate({ format: 'esm', minify: true })
  await build.close()
  const chunks = output.flatMap((file) => (file.type === 'chunk' ? [file] : []))
  const given = new Set([...external, ...chunks.map(({ fileName }) => fileName)])
  const missing = chunks.flatMap(({ imports }) => imports).find((name) => !given.has(name))
  if (missing !== undefined) throw new Error(`"${missing}" is not there to be bundled`)
  const sizes = new Map(
    chunks.map(({ fileName, code }) => [fileName, gzipSync(code, { level: 9 }).byteLength]),
  )
  const initial = new Set(chunks.flatMap(({ isEntry, fileName }) => (isEntry ? [fileName] : [])))
  for (const name of initial) {
    for (const other of chunks.find(({ fileName }) => fileName === name)?.imports ?? []) {
      if (sizes.has(other)) initial.add(other)
    }
  }
  const sum = (names: Iterable<string>) =>
    [...names].reduce((bytes, name) => bytes + (sizes.get(name) ?? 0), 0)
  return {
    initial: sum(initial),
    total: sum(sizes.keys()),
    modules: modulesOf(chunks),
    initialModules: modulesOf(chunks.filter(({ fileName }) => initial.has(fileName))),
  }
}

function modulesOf(chunks: readonly Pick<OutputChunk, 'modules'>[]): string[] {
  return chunks.flatMap(({ modules }) =>
    Object.entries(modules).flatMap(([id, { renderedLength }]) =>
      renderedLength > 0 ? id.replace(PROJECT, '') : [],
    ),
  )
}
