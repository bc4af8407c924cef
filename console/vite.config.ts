import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The page is served below `/ops/`, beside an application's own. */
export default defineConfig({
  base: '/ops/',
  plugins: [react()],
  build: { emptyOutDir: true },
})
