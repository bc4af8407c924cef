import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: { index: 'src/index.ts', worker: 'src/worker/create-worker.ts' },
  tsconfig: 'src/tsconfig.json',
  platform: 'neutral',
  target: 'es2024',
  sourcemap: true,
  dts: { sourcemap: false },
  deps: { neverBundle: [/^(cloudflare|node):/] },
  outputOptions: { chunkFileNames: 'shared/[name]-[hash].js' },
})
