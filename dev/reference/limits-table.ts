/** A limit as its constant and the docstring before it say it. */
export type Limit = { readonly name: string; readonly value: number; readonly words: string }

const DECLARED = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*export const (\w+) =/g

/**
 * The limits that a file of constants exports, in its order.
 *
 * @param source the text of the file, each constant behind its docstring
 * @param values what the file exports
 * @throws where a constant has no docstring, or is no number
 */
export function readLimits(source: string, values: Readonly<Record<string, unknown>>): Limit[] {
  const words = new Map(
    [...source.matchAll(DECLARED)].map(([, comment = '', name = '']) => [name, inOneLine(comment)]),
  )
  return Object.entries(values)
    .map(([name, value]) => {
      const said = words.get(name)
      if (typeof value !== 'number' || said === undefined)
        throw new Error(`${name} has to be a number with a docstring that says its unit and its reason.`)
      return { name, value, words: said }
    })
    .toSorted((a, b) => source.indexOf(`const ${a.name} `) - source.indexOf(`const ${b.name} `))
}

function inOneLine(comment: string): string {
  return comment.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim()
}
