import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'postgresql',
  schema: './examples/invoices/schema.ts',
  out: './migrations',
})
