import { importsOf, readDocument, type Source } from './sources.ts'

/** One word of GLOSSARY.md: what it is used for, and the words that would say the same and are not used. */
export type Word = { readonly word: string; readonly instead: readonly string[] }

const ROW = /^\| \*\*([^*]+)\*\* \| .* \| ([^|]*) \|$/gm

/** The words of GLOSSARY.md. Its tables have three columns: word, meaning, "not". */
export function readGlossary(): Word[] {
  return [...readDocument('GLOSSARY.md').matchAll(ROW)].map(([, word = '', not = '']) => ({
    word,
    instead: not
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  }))
}

/** Names that a file exports. */
export function exportedNames({ text }: Source): string[] {
  const declared = /^export (?:abstract |async )?(?:class|const|function\*?|let|type|interface) (\w+)/gm
  return [...text.matchAll(declared)].map(([, name = '']) => name)
}

/** The words of a name: `EXTERNAL_CHANGE` and `externalChange` have the same two. */
export const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)

/** Exported names, and files, that say a word which the glossary has another for. */
export function strangeNames(sources: readonly Source[], glossary: readonly Word[]): string[] {
  const better = new Map(glossary.flatMap(({ word, instead }) => instead.map((not) => [not, word] as const)))
  return sources.flatMap((source) => {
    const file =
      source.path
        .split('/')
        .at(-1)
        ?.replace(/\.tsx?$/, '') ?? ''
    return [file, ...exportedNames(source)].flatMap((name) =>
      wordsOf(name)
        .filter((word) => better.has(word))
        .map((word) => `${source.path}: ${name}: ${better.get(word)} is the word for ${word}`),
    )
  })
}

/** Beginnings of a docstring that put off what the thing is. */
const PUT_OFF = /^(?:What|How|Who|Whom|Whose|Whoever|Whatever|Whichever|Where|Why|Which|That)\b/

/** The docstring of an exported declaration. */
const EXPORTED = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport /g

/** Docstrings of exported declarations that do not begin with the thing. */
export function putOff({ path, text }: Source): string[] {
  return [...text.matchAll(EXPORTED)]
    .map(([, words = '']) => words.replace(/^[\s*]+/, ''))
    .filter((words) => PUT_OFF.test(words))
    .map((words) => `${path}: ${words.split('\n')[0]}`)
}

/** Paths of the repository that a document names in code marks: those with a slash and an ending. */
export const pathsIn = (document: string): string[] =>
  [...document.matchAll(/`([\w@./-]+\/[\w.-]+\.(?:ts|tsx|sql|toml|md|json))`/g)].map(([, path = '']) => path)

/** Imports by an example from the engine that are not by name. */
export function reachingIn(sources: readonly Source[]): string[] {
  return importsOf(sources)
    .filter(({ from, to }) => from.startsWith('examples/') && /^(src|client|dev|test|bench)\//.test(to))
    .map(({ from, to }) => `${from}: ${to}`)
}
