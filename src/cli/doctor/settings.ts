import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { unstable_readConfig } from 'wrangler'
import { bad, type Diagnosis, good } from './diagnosis.ts'

/** The standard names of the objects' bindings. */
const BINDINGS = ['TENANT', 'REGISTRY']

const settingsSchema = v.object({
  main: v.optional(v.string()),
  compatibility_flags: v.array(v.string()),
  durable_objects: v.object({ bindings: v.array(v.object({ name: v.string(), class_name: v.string() })) }),
  migrations: v.array(v.object({ new_sqlite_classes: v.optional(v.array(v.string())) })),
  triggers: v.object({ crons: v.optional(v.array(v.string())) }),
})

/** Looks at the settings that wrangler deploys with. */
export function diagnoseSettings(folder: string, config: string): Diagnosis[] {
  if (!existsSync(join(folder, config)))
    return [
      bad(
        `There are no settings of wrangler in ${folder}.`,
        'Run `tidemark init`, which writes wrangler.jsonc.',
      ),
    ]
  const settings = v.parse(settingsSchema, unstable_readConfig({ config: join(folder, config) }))
  const { main, compatibility_flags: flags, durable_objects: objects, migrations, triggers } = settings
  const classes = objects.bindings.map(({ class_name }) => class_name)
  const stored = new Set(migrations.flatMap(({ new_sqlite_classes: made = [] }) => made))
  const unstored = classes.filter((name) => !stored.has(name))
  const lacking = BINDINGS.filter((name) => !objects.bindings.some((binding) => binding.name === name))
  const at = (holds: boolean, fine: string, wrong: string, mend: string) =>
    holds ? good(fine) : bad(wrong, mend)
  return [
    at(
      main !== undefined && existsSync(main),
      `${config} names the module of the Worker.`,
      `${config} names no module that is there.`,
      'Set "main" to the module that exports what createWorker makes.',
    ),
    at(
      flags.includes('nodejs_compat'),
      'The flag nodejs_compat is set.',
      'The flag nodejs_compat is missing: the Worker would not start.',
      'Add "nodejs_compat" to compatibility_flags.',
    ),
    at(
      lacking.length === 0,
      'The Durable Objects are bound.',
      `No Durable Object is bound as ${lacking.join(' or ')}.`,
      'Add them to durable_objects.bindings, or name yours in the option `bindings` of createWorker.',
    ),
    at(
      unstored.length === 0,
      'The classes of the objects have SQLite storage.',
      `${unstored.join(' and ')} would have no SQLite storage.`,
      `Add { "tag": "tidemark-1", "new_sqlite_classes": ${JSON.stringify(unstored)} } to migrations.`,
    ),
    at(
      (triggers.crons ?? []).length > 0,
      'A cron makes the registry sweep.',
      'Nothing makes the registry sweep: changes of other programs are kept for ever.',
      'Add "triggers": { "crons": ["* * * * *"] }, and `scheduled: tidemark.scheduled` to what the Worker exports.',
    ),
  ]
}
