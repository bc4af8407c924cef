import { defineConfig } from 'tsdown'

/**
 * The protocol and the parts of the core that the client runs are bundled; what npm delivers stays
 * outside. Declarations come from `tsc`: the bundler's own do not reach files outside this folder.
 */
export default defineConfig({
  entry: ['src/index.ts', 'src/react.ts'],
  platform: 'browser',
  target: 'es2022',
  dts: false,
})
