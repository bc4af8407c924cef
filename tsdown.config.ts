import { defineConfig } from 'tsdown'

const shared = {
  sourcemap: true,
  outputOptions: { chunkFileNames: 'shared/[name]-[hash].js' },
} as const

/** The library runs in workerd and under Node; the command line under Node, and is imported by nobody. */
export default defineConfig([
  {
    ...shared,
    entry: { index: 'src/index.ts', worker: 'src/worker/create-worker.ts' },
    tsconfig: 'src/tsconfig.json',
    platform: 'neutral',
    target: 'es2024',
    dts: { sourcemap: false },
    deps: { neverBundle: [/^(cloudflare|node):/] },
  },
  {
    ...shared,
    entry: { cli: 'src/cli/main.ts' },
    tsconfig: 'src/cli/tsconfig.json',
    platform: 'node',
    fixedExtension: false,
    target: 'node22',
    dts: false,
    clean: false,
  },
])
