/** The fields of the repository's package.json that the published one has as they are. */
const KEPT = [
  'name',
  'version',
  'description',
  'license',
  'type',
  'sideEffects',
  'files',
  'bin',
  'engines',
  'dependencies',
  'peerDependencies',
  'peerDependenciesMeta',
] as const

/** The modules that people import, and what each is built as. */
const ENTRIES = { '.': 'index', './worker': 'worker' } as const

/**
 * The package.json that people install. In the repository the same names lead to the sources; scripts, workspaces
 * and what only we develop with are nobody else's business.
 */
export function published(manifest: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = KEPT.flatMap((field) => (field in manifest ? [[field, manifest[field]] as const] : []))
  const entries = Object.entries(ENTRIES).map(([name, file]) => [
    name,
    { types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` },
  ])
  const exports = { ...Object.fromEntries(entries), './package.json': './package.json' }
  return { ...Object.fromEntries(kept), exports }
}
