import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { PACKAGE_ROOT } from '../package-root.ts'
import { createdFunction, splitStatements, withoutComments } from './statements.ts'

/** Where the engine's SQL is written, each function and table once. */
export const SQL_FOLDER = join(PACKAGE_ROOT, 'src/postgres/sql')

/** One file of the folder. */
export type SqlFile = {
  /** Within the folder. */
  readonly path: string
  readonly text: string
  readonly statements: readonly string[]
  /** The function or the view that it defines; neither for a file of tables, types and the like. */
  readonly function?: string
  readonly view?: string
  /** Whether it says who may do what: it says so of all, and can be run again. */
  readonly isRights?: true
}

/** Reads the folder, in an order in which a database takes it. Throws with the file that breaks a rule of it. */
export async function readFolder(folder = SQL_FOLDER): Promise<SqlFile[]> {
  const paths = (await readdir(folder, { recursive: true })).filter((path) => path.endsWith('.sql')).sort()
  const files = await Promise.all(
    paths.map(async (path) =>
      toFile(path, (await readFile(join(folder, path), 'utf8')).replaceAll('\r\n', '\n')),
    ),
  )
  const seen = new Map<string, string>()
  for (const { path, function: name } of files) {
    if (name === undefined) continue
    const other = seen.get(name)
    if (other !== undefined) throw new Error(`${other} and ${path} both define ${name}: keep one of them.`)
    seen.set(name, path)
  }
  return inOrder(files)
}

function toFile(path: string, text: string): SqlFile {
  const statements = splitStatements(text)
  const functions = statements.flatMap((statement) => createdFunction(statement) ?? [])
  if (!text.startsWith('-- '))
    throw new Error(`${path} has to begin with a comment that says what it is for.`)
  if (statements.length === 0) throw new Error(`${path} has no statement.`)
  const [name] = functions
  if (name === undefined) {
    const view = /^CREATE VIEW tidemark\.(\w+)/m.exec(text)?.[1]
    const isRights = statements.every((one) => /^(GRANT|REVOKE)\b/.test(withoutComments(one).trimStart()))
    return { path, text, statements, ...(view !== undefined && { view }), ...(isRights && { isRights }) }
  }
  if (statements.length > 1) throw new Error(`${path} has to define ${name} and nothing else.`)
  const expected = `${name.replaceAll('_', '-')}.sql`
  if (basename(path) !== expected) throw new Error(`${path} defines ${name}: call it ${expected}.`)
  if (!/^CREATE OR REPLACE FUNCTION /m.test(text))
    throw new Error(`${path} has to begin its statement with CREATE OR REPLACE FUNCTION.`)
  return { path, text, statements, function: name }
}

/** Before each file those with what it needs to be there when it is made. Readers meet tables first, and rights last. */
function inOrder(files: readonly SqlFile[]): SqlFile[] {
  const rank = ({ path, isRights }: SqlFile) => {
    if (path === 'schema.sql') return 0
    if (isRights) return 3
    return path.startsWith('tables') ? 1 : 2
  }
  const makers = new Map(files.flatMap((file) => madeBy(file).map((name) => [name, file] as const)))
  const ordered = new Set<SqlFile>()
  const visited = new Set<SqlFile>()
  const visit = (file: SqlFile) => {
    if (visited.has(file)) return
    visited.add(file)
    for (const name of neededBy(file)) {
      const maker = makers.get(name)
      if (maker) visit(maker)
    }
    ordered.add(file)
  }
  for (const file of files.toSorted((a, b) => rank(a) - rank(b))) visit(file)
  return [...ordered]
}

function madeBy({ function: name, text }: SqlFile): string[] {
  if (name !== undefined) return [name]
  return [...text.matchAll(/^CREATE (?:TABLE|TYPE|VIEW) tidemark\.(\w+)/gm)].flatMap(([, made]) => made ?? [])
}

/** Postgres looks at the body of a PL/pgSQL function when it runs, but at its declarations when it is made. */
function neededBy({ text }: SqlFile): string[] {
  const code = withoutComments(text)
  const body = /LANGUAGE plpgsql/.test(code) ? code.search(/^BEGIN\b/m) : -1
  const looked = body === -1 ? code : code.slice(0, body)
  return [...looked.matchAll(/\btidemark\.(\w+)/g)].flatMap(([, name]) => name ?? [])
}
