import process from 'node:process'
import { explainFailure } from './explain-failure.ts'
import { readOptions } from './options.ts'
import { startStack } from './stack.ts'

/** `npm run dev`: the whole product on this machine, until Ctrl-C. */

const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => interrupted.abort())
}

try {
  const options = readOptions(process.argv.slice(2), process.env['DATABASE_URL'] || undefined)
  const stack = await startStack(options, { signal: interrupted.signal, report: console.log })
  const { url } = stack
  if (!interrupted.signal.aborted) {
    console.log(
      `Ready: open ${url} in two windows and sign in as Ada (owner) and as Ben (clerk). Ctrl-C stops.`,
    )
    await new Promise((resolve) => interrupted.signal.addEventListener('abort', resolve))
  }
  console.log('Stopping ...')
  await stack.stop()
} catch (error) {
  console.error(explainFailure(error))
  process.exitCode = 1
}
