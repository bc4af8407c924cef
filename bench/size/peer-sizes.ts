import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { bundleScript } from '../../dev/harness/client-bundle.ts'
import { rounded } from '../load/numbers.ts'

const FOLDER = fileURLToPath(new URL('../peers/', import.meta.url))

/** Published clients, each with what a page imports to be one. */
const PEERS = [
  { name: 'Convex', module: 'convex/browser', imported: 'ConvexClient' },
  { name: 'Supabase realtime', module: '@supabase/realtime-js', imported: 'RealtimeClient' },
  { name: 'Electric', module: '@electric-sql/client', imported: 'ShapeStream, Shape' },
  { name: 'TanStack DB', module: '@tanstack/db', imported: 'createCollection' },
  { name: 'Replicache', module: 'replicache', imported: 'Replicache' },
  { name: 'Zero', module: '@rocicorp/zero', imported: 'Zero' },
] as const

export type PeerSize = {
  readonly name: string
  /** Absent where it is not installed. */
  readonly kb?: { readonly initial: number; readonly total: number }
}

/** The sizes of published clients by the same bundler. */
export async function measurePeers(): Promise<PeerSize[]> {
  const sizes: PeerSize[] = []
  for (const { name, module, imported } of PEERS) {
    const [scope = '', packed = ''] = module.split('/')
    const folder = module.startsWith('@') ? `${scope}/${packed}` : scope
    const isInstalled = await access(`${FOLDER}node_modules/${folder}`).then(
      () => true,
      () => false,
    )
    if (!isInstalled) sizes.push({ name })
    else {
      // As of a page, whose script exports nothing.
      const script = `import { ${imported} } from '${module}'\nglobalThis.used = [${imported}]`
      const { initial, total } = await bundleScript(script, { folder: FOLDER })
      sizes.push({ name, kb: { initial: rounded(initial / 1_000), total: rounded(total / 1_000) } })
    }
  }
  return sizes
}
