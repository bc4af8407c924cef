import { defineConfig } from 'tsdown'

/**
 * The protocol and the parts of the core that the client runs are bundled; what npm delivers stays
 * outside. Declarations come from `tsc`: the bundler's own do not reach files outside this folder.
 */
export default defineConfig({
  entry: [
    'src/{index,react,ssr,indexeddb,tabs}.ts',
    'src/{conflicts,devtools,history,marks,metrics,notifications,presence}.ts',
    'src/{text,text-react}.ts',
    'src/{tanstack-query,tanstack-db,vue,svelte,solid}.ts',
    { testing: 'src/testing/index.ts' },
  ],
  platform: 'browser',
  target: 'es2022',
  dts: false,
  outputOptions: { chunkFileNames: 'shared/[name]-[hash].js' },
})
