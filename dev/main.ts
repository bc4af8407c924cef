import { relative } from 'node:path'
import process from 'node:process'
import { explainFailure } from './explain-failure.ts'
import { readOptions } from './options.ts'
import { startStack } from './stack.ts'

/** `npm run dev`: the whole product on this machine, until Ctrl-C. */

const interrupted = new AbortController()

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

const interrupt = () => interrupted.abort()

/** Makes signals ours alone: miniflare adds handlers that leave the process before the rest has stopped. */
function takeSignals(): void {
  for (const signal of SIGNALS) process.on(signal, interrupt)
  process.on('newListener', (added, listener) => {
    const signal = SIGNALS.find((name) => name === added)
    if (signal && listener !== interrupt) queueMicrotask(() => process.off(signal, listener))
  })
}

/** Milliseconds for everything to end. Postgres alone may take ten seconds before it is killed. */
const STOP_DEADLINE_MS = 15_000

function giveUp(): void {
  console.error('Something does not end. What is left behind is ended by the next start.')
  process.exit(1)
}

takeSignals()
try {
  const { DATABASE_URL, WORKER_DATABASE_URL } = process.env
  const options = readOptions(
    process.argv.slice(2),
    DATABASE_URL || undefined,
    WORKER_DATABASE_URL || undefined,
  )
  const stack = await startStack(options, { signal: interrupted.signal, report: console.log })
  if (!interrupted.signal.aborted) {
    console.log(
      `Ready: open ${stack.url} in two windows and sign in as Ada (owner) and as Ben (clerk). Ctrl-C stops.`,
    )
    console.log(`Problems are told here; all that the Worker logs is in ${relative('', stack.log)}`)
    await new Promise((resolve) => interrupted.signal.addEventListener('abort', resolve))
  }
  console.log('Stopping ...')
  const hung = setTimeout(giveUp, STOP_DEADLINE_MS)
  await stack.stop()
  clearTimeout(hung)
} catch (error) {
  if (interrupted.signal.aborted) console.log('Stopped.')
  else {
    console.error(explainFailure(error))
    process.exitCode = 1
  }
}
