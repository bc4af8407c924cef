/** One statement, and how many values it binds. */
export type StatementText = { readonly text: string; readonly parameters: number }

/** What may hold a semicolon or a question mark that is none, and then these themselves. */
const PIECES = /('(?:[^']|'')*'|"(?:[^"]|"")*")|(--[^\n]*|\/\*[\s\S]*?\*\/)|(;)|\?(\d*)|([^'";?/\s-]+|\s+|.)/g

const TRANSACTIONS = /^\s*(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE)\b/i
const UNAUTHORIZED = /^\s*(ATTACH|DETACH|VACUUM|CREATE\s+TEMP)/i

/** Statements are as long as the platform lets them be, in characters, and bind so many values. */
const MAX_LENGTH = 100_000
const MAX_PARAMETERS = 100

/**
 * The statements of an SQL text, as the platform tells them apart. Refuses what it refuses: what is none, what only
 * it may do itself, and what is too much. It refuses deep expressions and long compounds, too; this does not.
 */
export function statementsOf(sql: string): readonly StatementText[] {
  if (sql.length > MAX_LENGTH) throw new Error('statement too long')
  const found: StatementText[] = []
  let [text, parameters, isEmpty] = ['', 0, true]
  const end = () => {
    if (isEmpty) throw new Error('SQL code did not contain a statement.')
    found.push(statementOf(text, parameters))
    text = ''
    parameters = 0
    isEmpty = true
  }
  for (const [piece, quoted, comment, semicolon, number, other] of sql.matchAll(PIECES)) {
    if (semicolon) {
      end()
      continue
    }
    text += piece
    if (number !== undefined)
      parameters = Math.max(parameters, number === '' ? parameters + 1 : Number(number))
    if (quoted || number !== undefined || (!comment && other?.trim())) isEmpty = false
  }
  if (found.length === 0 || text.trim() !== '') end()
  return found
}

function statementOf(text: string, parameters: number): StatementText {
  if (TRANSACTIONS.test(text))
    throw new Error('To execute a transaction, please use storage.transactionSync().')
  if (UNAUTHORIZED.test(text)) throw new Error('not authorized')
  if (parameters > MAX_PARAMETERS) throw new Error('too many SQL variables')
  return { text, parameters }
}
