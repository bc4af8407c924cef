import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

const WORKER = 'http://127.0.0.1:8787'

export default defineConfig({
  plugins: [react()],
  // The client library comes from its source, so that one build needs no other before it.
  resolve: { conditions: ['@tidemark/source', ...defaultClientConditions] },
  build: { outDir: 'dist', emptyOutDir: true },
  server: {
    proxy: {
      '/dev': WORKER,
      '/health': WORKER,
      '/sync': { target: WORKER, ws: true },
    },
  },
})
