import { createdFunction, droppedFunctions, splitStatements, withoutComments } from './statements.ts'

/**
 * Counts the lines of function definitions in migrations that a later statement restates or drops: nobody who reads
 * them learns what the database does.
 *
 * @param migrations the text of each migration, in order
 */
export function countDeadLines(migrations: readonly string[]): number {
  const living = new Map<string, number>()
  let dead = 0
  for (const statement of migrations.flatMap(splitStatements)) {
    const created = createdFunction(statement)
    for (const name of created === undefined ? droppedFunctions(statement) : [created]) {
      dead += living.get(name) ?? 0
      living.delete(name)
    }
    if (created !== undefined) living.set(created, withoutComments(statement).trim().split('\n').length)
  }
  return dead
}
