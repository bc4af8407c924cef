import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, resolve } from 'node:path'

/** The repository's root. */
export const ROOT = resolve(import.meta.dirname, '../../..')

/** One file of the repository: its path from the root, and its text. */
export type Source = { readonly path: string; readonly text: string }

/** One import or re-export: whence, to which file of the repository or which package, and whether of types alone. */
export type Import = { readonly from: string; readonly to: string; readonly typeOnly: boolean }

const CODE = '{src,client,examples,dev,test,bench}/**/*.{ts,tsx}'

const LEFT_OUT = /(^|\/)(node_modules|dist)\/|^bench\/peers\/|\.d\.ts$/

/** All TypeScript of the repository, without what is generated and without the peers of the benchmark. */
export function readCode(): Source[] {
  return globSync(CODE, { cwd: ROOT, exclude: (path) => path === 'node_modules' || path === 'dist' })
    .filter((path) => !LEFT_OUT.test(path))
    .toSorted()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }))
}

/** Imports and re-exports of some files; those of the repository as paths from its root. */
export function importsOf(sources: readonly Source[]): Import[] {
  return sources.flatMap(({ path, text }) =>
    [...text.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?'([^']+)'/gm)].map(
      ([, type, specifier = '']) => ({
        from: path,
        to: specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier,
        typeOnly: type !== undefined,
      }),
    ),
  )
}

/** A document of the repository, by its path from the root. */
export const readDocument = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** The room of a file: the folder that it is in. */
export const roomOf = (path: string): string => dirname(path)
