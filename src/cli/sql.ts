import process from 'node:process'
import { defineCommand } from 'citty'
import pg from 'pg'
import { isAlive, readStackFile } from '../../dev/stack-file.ts'
import { UsageError } from '../../dev/usage-error.ts'
import { JSON_OPTION } from './options.ts'

async function run(text: string, json: boolean): Promise<void> {
  if (text === '') throw new UsageError('Give a statement, such as: tidemark sql "select 1"')
  const stack = await readStackFile()
  if (!stack || !isAlive(stack.pid))
    throw new UsageError('The local stack is not running. Start it in another terminal with: tidemark dev')
  const client = new pg.Client({ connectionString: stack.connectionString })
  try {
    await client.connect()
    // Several statements in one text give one result each.
    const answered: unknown = await client.query(text)
    const results = (Array.isArray(answered) ? answered : [answered]).filter(
      (result) => result instanceof pg.Result,
    )
    if (json) {
      const told = results.map(({ rows, command, rowCount }) => ({ command, count: rowCount, rows }))
      process.stdout.write(`${JSON.stringify(told)}\n`)
      return
    }
    for (const { fields, rows, command, rowCount } of results) {
      if (fields.length > 0) console.table(rows)
      console.log(`${command} ${rowCount ?? ''}`.trim())
    }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  } finally {
    await client.end()
  }
}

/** Asks the running stack's Postgres, behind the object's back, as any other program would. */
export const sql = defineCommand({
  meta: { name: 'sql', description: 'Run SQL on the local stack, as any other program would' },
  args: { statement: { type: 'positional', description: 'One or several', required: false }, ...JSON_OPTION },
  run: ({ args }) => run(args._.join(' ').trim(), args.json),
})
