import { defineCommand } from 'citty'
import { findDatabase } from '../../dev/find-database.ts'
import { migrate as applyMigrations } from '../../dev/migrate.ts'
import { historiesOf, readProject } from '../../dev/project.ts'
import { JSON_OPTION } from './options.ts'
import { outputFor } from './output.ts'

/** Brings a database to the newest schema: the engine's, then the project's own migrations. */
export const migrate = defineCommand({
  meta: { name: 'migrate', description: "Apply the engine's migrations, then your own, to DATABASE_URL" },
  args: JSON_OPTION,
  async run({ args }) {
    const output = outputFor(args.json)
    const histories = historiesOf(await readProject())
    const connectionString = await findDatabase()
    output.say(`Migrating ${placeOf(connectionString)} ...`)
    const applied = await applyMigrations(connectionString, histories)
    const each = histories.map(({ of }, i) => ({ of, applied: applied[i] ?? 0 }))
    const lines = each.map(
      ({ of, applied: count }) => `  ${of}: ${count === 0 ? 'nothing to do' : `${count} applied`}`,
    )
    output.result([...lines, 'The database is at the newest schema.'], { histories: each })
  },
})

/** A database without its password. */
function placeOf(connectionString: string): string {
  const { hostname, port, pathname } = new URL(connectionString)
  return `${hostname}${port === '' ? '' : `:${port}`}${pathname}`
}
