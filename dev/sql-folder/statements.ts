/** What Drizzle writes between two statements of a migration. */
export const BREAKPOINT = '--> statement-breakpoint'

/** The statements of an SQL text, each with the comments before it. A statement ends with its line. */
export function splitStatements(text: string): string[] {
  const statements: string[] = []
  let lines: string[] = []
  let isQuoted = false
  let isAtomic = false
  for (const line of text.replaceAll(BREAKPOINT, '').split('\n')) {
    lines.push(line)
    const code = withoutComment(line)
    // A function's body is between two dollar quotes, or an atomic block, and has ends of statements of its own.
    const quotes = code.match(/\$\w*\$/g) ?? []
    if (quotes.length % 2 === 1) isQuoted = !isQuoted
    if (/^BEGIN ATOMIC\b/.test(code)) isAtomic = true
    if (/^END;/.test(code)) isAtomic = false
    if (isQuoted || isAtomic || !code.trimEnd().endsWith(';')) continue
    statements.push(lines.join('\n').trim())
    lines = []
  }
  const rest = lines.join('\n').trim()
  return rest.split('\n').every((line) => withoutComment(line).trim() === '')
    ? statements
    : [...statements, rest]
}

/** The text without its comments: those that are lines of their own. */
export function withoutComments(text: string): string {
  return text
    .split('\n')
    .filter((line) => withoutComment(line) !== '')
    .join('\n')
}

function withoutComment(line: string): string {
  return line.trimStart().startsWith('--') ? '' : line
}

const NAME = '"?tidemark"?\\."?(\\w+)"?'
const CREATE = new RegExp(`^CREATE (?:OR REPLACE )?FUNCTION\\s+${NAME}\\s*\\(`, 'i')
const NAMES = new RegExp(`${NAME}\\s*\\(`, 'gi')

/** The engine's function that a statement creates or replaces, if it does. */
export function createdFunction(statement: string): string | undefined {
  return CREATE.exec(withoutComments(statement).trimStart())?.[1]
}

/** The engine's functions that a statement drops. */
export function droppedFunctions(statement: string): string[] {
  const code = withoutComments(statement).trimStart()
  if (!/^DROP FUNCTION\b/i.test(code)) return []
  return [...code.matchAll(NAMES)].flatMap(([, name]) => name ?? [])
}
