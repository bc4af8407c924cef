import process from 'node:process'
import { explainFailure } from './explain-failure.ts'
import { readOptions } from './options.ts'
import { startStack } from './stack.ts'

/** `npm run dev`: the whole product on this machine, until Ctrl-C. */

const interrupted = new AbortController()

/** Makes signals ours alone: miniflare adds handlers that leave the process before the rest has stopped. */
function takeSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.removeAllListeners(signal)
    process.on(signal, () => interrupted.abort())
  }
}

takeSignals()
try {
  const options = readOptions(process.argv.slice(2), process.env['DATABASE_URL'] || undefined)
  const stack = await startStack(options, { signal: interrupted.signal, report: console.log })
  takeSignals()
  if (!interrupted.signal.aborted) {
    console.log(
      `Ready: open ${stack.url} in two windows and sign in as Ada (owner) and as Ben (clerk). Ctrl-C stops.`,
    )
    await new Promise((resolve) => interrupted.signal.addEventListener('abort', resolve))
  }
  console.log('Stopping ...')
  await stack.stop()
} catch (error) {
  if (interrupted.signal.aborted) console.log('Stopped.')
  else {
    console.error(explainFailure(error))
    process.exitCode = 1
  }
}
