import { circlesOf } from './circles.ts'
import { isEngine, ROOMS } from './rooms.ts'
import { importsOf, roomOf, type Source } from './sources.ts'

/** Lines of the longest file that is still one file. */
export const MAX_LINES = 350

/** The house in figures. Lines are counted over all TypeScript, rooms and circles over the engine and its client. */
export type HouseFigures = {
  readonly rooms: number
  readonly circlesOfRooms: number
  readonly circlesOfFiles: number
  readonly files: number
  readonly median: number
  readonly p90: number
  readonly largest: number
  readonly any: number
}

/** `any` as a type: after a colon, `as` or a bracket, as the last of some types, or as the element of an array. */
const ANY = /(?::|\bas|<|=>)\s*any\b(?!\s*[.(:])|[,|&]\s*any\s*>|\bany\[\]/g

const linesOf = ({ text }: Source) => text.split('\n').length - 1

/** Text without comments and strings, in which words are only words. */
export const withoutWords = (text: string) =>
  text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/gm, '')

/** The files that are longer than one may be, with their lines. */
export function tooLong(sources: readonly Source[]): string[] {
  return sources
    .filter((source) => linesOf(source) > MAX_LINES)
    .map((source) => `${source.path}: ${linesOf(source)}`)
}

/** Places where `any` is a type, by file. */
export function anyIn(sources: readonly Source[]): string[] {
  return sources.flatMap(({ path, text }) => [...withoutWords(text).matchAll(ANY)].map(() => path))
}

/** Circles among the engine's and the client's files, and among their rooms. */
export function circles(sources: readonly Source[]): { files: string[][]; rooms: string[][] } {
  const ours = new Set(sources.filter(({ path }) => isEngine(path)).map(({ path }) => path))
  const inner = importsOf(sources).filter(({ from, to }) => ours.has(from) && ours.has(to))
  return {
    files: circlesOf(inner.map(({ from, to }) => [from, to])),
    rooms: circlesOf(inner.map(({ from, to }) => [roomOf(from), roomOf(to)])),
  }
}

/** Measures the house. */
export function measureHouse(sources: readonly Source[]): HouseFigures {
  const lines = sources.map(linesOf).toSorted((a, b) => a - b)
  const at = (share: number) => lines[Math.min(lines.length - 1, Math.floor(share * lines.length))] ?? 0
  const { files, rooms } = circles(sources)
  return {
    rooms: ROOMS.length,
    circlesOfRooms: rooms.length,
    circlesOfFiles: files.length,
    files: sources.length,
    median: at(0.5),
    p90: at(0.9),
    largest: lines.at(-1) ?? 0,
    any: anyIn(sources).length,
  }
}
