import { globSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

type Import = { from: string; to: string; typeOnly: boolean }

/** Imports of the files a pattern matches; relative ones as paths from the repository's root. */
function importsOf(pattern: string): Import[] {
  return globSync(pattern, { cwd: ROOT }).flatMap((from) => {
    const source = readFileSync(resolve(ROOT, from), 'utf8')
    const statements = source.matchAll(/^(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?'([^']+)'/gm)
    return [...statements].map(([, type, specifier = '']) => ({
      from,
      to: specifier.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(from), specifier)) : specifier,
      typeOnly: type !== undefined,
    }))
  })
}

const within =
  (...places: string[]) =>
  ({ to }: Import) =>
    places.some((place) => to === place || to.startsWith(`${place}/`))

it('E2E-1 the protocol imports nothing but itself and its schema library', () => {
  const imports = importsOf('src/protocol/**/*.ts')
  expect(imports.length).toBeGreaterThan(0)
  expect(imports.filter((one) => !within('src/protocol', 'valibot')(one))).toEqual([])
})

it('E2E-1 the core imports nothing but itself, the protocol, and for texts the library that merges them', () => {
  const imports = importsOf('src/core/**/*.ts')
  expect(imports.length).toBeGreaterThan(0)
  const merging = (one: Import) => one.from.startsWith('src/core/text/') && one.to === 'yjs'
  expect(imports.filter((one) => !within('src/core', 'src/protocol')(one) && !merging(one))).toEqual([])
})

it('E2E-1 the client takes no more than types from the server’s side', () => {
  const imports = importsOf('client/src/**/*.{ts,tsx}').filter(within('src'))
  expect(imports.length).toBeGreaterThan(0)
  const typed = ({ to, typeOnly }: Import) => typeOnly && to === 'src/define/define-app.ts'
  expect(imports.filter((one) => !within('src/core', 'src/protocol')(one) && !typed(one))).toEqual([])
})

it('E2E-1 the page takes no more than types from outside itself and the client', () => {
  const imports = importsOf('examples/invoices/web/src/**/*.{ts,tsx}').filter(within('src', 'dev', 'test'))
  expect(imports.filter(({ typeOnly }) => !typeOnly)).toEqual([])
})

it('E2E-1 measurements and tests share what is in dev, and take nothing from each other', () => {
  const bench = importsOf('bench/**/*.ts')
  const others = importsOf('{test,dev}/**/*.ts')
  expect([bench.length, others.length].every((count) => count > 0)).toBe(true)
  expect([...bench.filter(within('test')), ...others.filter(within('bench'))]).toEqual([])
})

it('E2E-1 the inner rings draw no random numbers', () => {
  const files = globSync('src/{protocol,core}/**/*.ts', { cwd: ROOT })
  expect(files.filter((file) => readFileSync(resolve(ROOT, file), 'utf8').includes('Math.random'))).toEqual(
    [],
  )
})
