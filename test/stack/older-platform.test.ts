import { execFile } from 'node:child_process'
import process from 'node:process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { PROJECT } from '../../dev/build-worker.ts'
import { startStack } from '../support/stack.ts'

const run = promisify(execFile)

it('PKG-4 a client edits and reads where all that came after ES2022 is missing, with a WebSocket and a fetch of others', async () => {
  await using stack = await startStack()
  const env = { ...process.env, STACK: stack.url, TOKEN: await stack.token('ada') }
  const { stdout } = await run(process.execPath, ['test/fixtures/older-platform/edit.ts'], {
    cwd: PROJECT,
    env,
  })
  expect(JSON.parse(stdout)).toMatchObject({
    isMade: true,
    names: ['Zoe'],
    past: { ok: true, row: { name: 'Zoe' } },
    requests: 1,
    isNewer: false,
  })
})
