import process from 'node:process'
import pg from 'pg'
import { isAlive, readStackFile } from './stack-file.ts'

/** `npm run sql -- "select ..."`: asks the running stack's Postgres, behind the object's back. */

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}

const text = process.argv.slice(2).join(' ').trim()
if (text === '')
  fail('Give a statement, such as: npm run sql -- "select number, status from invoices limit 5"')
const stack = await readStackFile()
if (!stack || !isAlive(stack.pid)) fail('The local stack is not running. Start it with: npm run dev')

const client = new pg.Client({ connectionString: stack.connectionString })
try {
  await client.connect()
  // Several statements in one text give one result each.
  const answered: unknown = await client.query(text)
  const results = (Array.isArray(answered) ? answered : [answered]).filter(
    (result) => result instanceof pg.Result,
  )
  for (const { fields, rows, command, rowCount } of results) {
    if (fields.length > 0) console.table(rows)
    console.log(`${command} ${rowCount ?? ''}`.trim())
  }
} catch (error) {
  fail(error instanceof Error ? error.message : String(error))
} finally {
  await client.end()
}
