import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'
import { SERVICE_WORKER, tellBuild } from './offline/tell-build.ts'

const WORKER = 'http://127.0.0.1:8787'

export default defineConfig({
  plugins: [react(), tellBuild()],
  // The client library comes from its source, so that one build needs no other before it.
  resolve: { conditions: ['@tidemark/source', ...defaultClientConditions] },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    rolldownOptions: {
      input: { index: 'index.html', [SERVICE_WORKER]: `offline/${SERVICE_WORKER}.ts` },
      output: {
        // Its address stays, so that a browser finds the next one.
        entryFileNames: ({ name }) => (name === SERVICE_WORKER ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    proxy: {
      '/dev': WORKER,
      '/health': WORKER,
      '/sync': { target: WORKER, ws: true },
    },
  },
})
