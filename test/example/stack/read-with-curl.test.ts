import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { PROJECT } from '../../../dev/build-worker.ts'
import { startStack } from '../../../dev/invoices/stack.ts'
import { LOCAL_SECRETS } from '../../../dev/local-secret.ts'
import { seed } from '../../../examples/invoices/seed/seed.ts'

it('DEV-43 the lines of the readme that read a query work as they stand', async () => {
  await using stack = await startStack({ prepare: seed, vars: LOCAL_SECRETS })
  const readme = await readFile(join(PROJECT, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)
  const block = blocks.find((text) => text.includes('/sync/query'))
  if (block === undefined) throw new Error('the readme shows how to read a query')
  expect(block).toContain('http://127.0.0.1:8787/')
  const pasted = block.replaceAll('http://127.0.0.1:8787', stack.url)
  const { stdout } = await promisify(execFile)('sh', ['-ec', pasted], { cwd: PROJECT })
  const { columns, rows }: { columns: string[]; rows: unknown[][] } = JSON.parse(stdout)
  expect(rows.map((row) => row[columns.indexOf('status')])).toEqual(['sent', 'sent'])
})
