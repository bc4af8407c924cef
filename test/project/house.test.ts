import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { circlesOf } from './house/circles.ts'
import { anyIn, circles, MAX_LINES, measureHouse, tooLong } from './house/figures.ts'
import { isEngine, mayImport, ROOMS } from './house/rooms.ts'
import { type Import, importsOf, ROOT, readCode, readDocument, roomOf } from './house/sources.ts'
import { pathsIn, putOff, reachingIn, readGlossary, strangeNames } from './house/words.ts'

const code = readCode()
const engine = code.filter(({ path }) => isEngine(path))
const imports = importsOf(code)

const told = ({ from, to }: Import) => `${from} imports ${to}`

it('HOU-10 every file of the engine is in a room, and every room has files', () => {
  const inhabited = new Set(engine.map(({ path }) => roomOf(path)))
  expect([...inhabited].toSorted()).toEqual([...ROOMS].toSorted())
})

it('HOU-10 a room imports from itself and from lower ones', () => {
  const ours = new Set(engine.map(({ path }) => path))
  const upward = imports.filter(
    ({ from, to, typeOnly }) =>
      ours.has(from) && ours.has(to) && !mayImport(roomOf(from), roomOf(to), typeOnly),
  )
  expect(upward.map(told)).toEqual([])
})

it('HOU-11 no files and no rooms lead back to themselves', () => {
  expect(circles(code)).toEqual({ files: [], rooms: [] })
})

it('HOU-11 a circle is found, however long, and a way that meets another is none', () => {
  expect(
    circlesOf([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
      ['c', 'd'],
      ['e', 'd'],
      ['e', 'e'],
    ]),
  ).toEqual([['a', 'b', 'c']])
  expect(
    circlesOf([
      ['a', 'b'],
      ['a', 'c'],
      ['b', 'd'],
      ['c', 'd'],
    ]),
  ).toEqual([])
  expect(
    circlesOf([
      ['a', 'b'],
      ['b', 'a'],
      ['x', 'a'],
      ['x', 'y'],
      ['y', 'x'],
    ]),
  ).toEqual([
    ['a', 'b'],
    ['x', 'y'],
  ])
})

it('HOU-12 no file is longer than one may be', () => {
  expect(tooLong(code)).toEqual([])
  const line = 'const a = 1\n'
  expect(tooLong([{ path: 'a.ts', text: line.repeat(MAX_LINES) }])).toEqual([])
  expect(tooLong([{ path: 'a.ts', text: line.repeat(MAX_LINES + 1) }])).toEqual(['a.ts: 351'])
})

it('HOU-13 nothing is of type any, and no rule of the linter is switched off for it', () => {
  expect(anyIn(code)).toEqual([])
  expect(code.filter(({ text }) => text.includes('noExplicit' + 'Any')).map(({ path }) => path)).toEqual([])
  const typed = 'const a: any = b as any; const c = f<any>(); type D = Map<string, any> | any[]'
  expect(anyIn([{ path: 'a.ts', text: typed }])).toHaveLength(5)
  expect(anyIn([{ path: 'a.ts', text: "where.any({ any: 'any' }) // any" }])).toEqual([])
})

it('HOU-14 every path that ARCHITECTURE, SPEC, README and GLOSSARY name exists', () => {
  const lost = ['ARCHITECTURE.md', 'SPEC.md', 'README.md', 'GLOSSARY.md'].flatMap((document) =>
    pathsIn(readDocument(document))
      .filter((path) => !['', 'src', 'client/src'].some((root) => existsSync(join(ROOT, root, path))))
      .map((path) => `${document}: ${path}`),
  )
  expect(lost).toEqual([])
})

it('HOU-16 one word per thing: no exported name and no file says a word that the glossary has another for', () => {
  const glossary = readGlossary()
  expect(glossary.length).toBeGreaterThan(20)
  expect(strangeNames(engine, glossary)).toEqual([])
  expect(
    strangeNames(
      [{ path: 'src/a/b.ts', text: 'export const foreignThing = 1' }],
      [{ word: 'external', instead: ['foreign'] }],
    ),
  ).toEqual(['src/a/b.ts: foreignThing: external is the word for foreign'])
})

it('HOU-17 a docstring begins with the thing', () => {
  expect(engine.flatMap(putOff)).toEqual([])
})

it('HOU-18 the example imports the engine by name alone', () => {
  expect(reachingIn(code)).toEqual([])
})

it('HOU-19 the product imports nothing from its tests, measurements, examples and local stack, which the command line alone starts', () => {
  const apart = ['dev/harness/', 'dev/invoices/', 'dev/package/']
  const isStarted = ({ from, to }: Import) =>
    from.startsWith('src/cli/') && to.startsWith('dev/') && !apart.some((folder) => to.startsWith(folder))
  const between = (from: string, to: string) =>
    imports.filter((one) => one.from.startsWith(from) && one.to.startsWith(to) && !isStarted(one)).map(told)
  const outer = ['test/', 'bench/', 'dev/', 'examples/']
  expect(outer.flatMap((to) => [...between('src/', to), ...between('client/src/', to)])).toEqual([])
  expect(
    imports.filter(
      ({ to, from }) => to.startsWith('src/cli/') && from.startsWith('src/') && !from.startsWith('src/cli/'),
    ),
  ).toEqual([])
})

it('HOU-20 the house is measured over what there is', () => {
  const house = measureHouse(code)
  expect(house.files).toBe(code.length)
  expect(house.rooms).toBe(ROOMS.length)
  expect(house).toMatchObject({ circlesOfRooms: 0, circlesOfFiles: 0, any: 0 })
  expect(house.largest).toBeLessThanOrEqual(MAX_LINES)
})
