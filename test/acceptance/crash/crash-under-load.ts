import { Random } from '../../../dev/harness/random.ts'
import type { Stack } from '../../support/stack.ts'
import { findLosses } from './find-losses.ts'
import { Loader } from './loader.ts'

const TENANT = 'acme'
const CARD = 'crash-card'

/** People who load the stack; each is a client of the real library. */
const PEOPLE = ['ada', 'ben', 'cleo', 'ben'] as const

/** Edits each client keeps without a verdict: enough that every kill cuts through some. */
const UNANSWERED_EDITS = 16

/** Edits of each client that are accepted between two kills, when nothing is said. */
const ACCEPTED = [5, 120] as const

/** Milliseconds after which a client that has no edits accepted again, after a kill, never will. */
const RECOVERY_MS = 600_000

export type CrashResult = {
  readonly rounds: number
  /** Edits whose acceptance a client was told. */
  readonly acked: number
  /** Of those, how many are not in Postgres in the end. */
  readonly lost: number
  /** Edits that took effect in Postgres more than once. */
  readonly doubled: number
  readonly clients: number
}

/** Kills workerd again and again while clients edit, then looks for every acknowledged edit in Postgres. */
export async function crashUnderLoad(
  stack: Stack,
  options: {
    rounds: number
    seed: number
    /** How many edits of each client are accepted between two kills, from and up to. */
    accepted?: readonly [low: number, high: number]
    report: (line: string) => void
  },
): Promise<CrashResult> {
  const random = new Random(options.seed)
  const [low, high] = options.accepted ?? ACCEPTED
  const loaders = PEOPLE.map((person, index) => new Loader(stack.client(person), `load-${index}`, CARD))
  try {
    await loaders[0]?.prepare()
    await Promise.all(loaders.map((loader) => loader.start(UNANSWERED_EDITS)))
    for (let round = 1; round <= options.rounds; round++) {
      // Every client has had edits accepted since the last kill, so each kill meets all of them at work.
      await Promise.all(loaders.map((loader) => loader.untilAccepted(random.whole(low, high), RECOVERY_MS)))
      await stack.killWorker()
      const acked = loaders.reduce((sum, loader) => sum + loader.acked.length, 0)
      options.report(`round ${round} of ${options.rounds}: killed, ${acked} edits acknowledged so far`)
    }
    options.report('waiting until everything is in Postgres')
    const unfinished = await Promise.all(loaders.map((loader) => loader.finish(RECOVERY_MS)))
    const missing = unfinished.reduce((sum, count) => sum + count, 0)
    if (missing > 0) options.report(`${missing} acknowledged edits had no final outcome in time`)
    const acked = loaders.flatMap((loader) => loader.acked)
    const { lost, doubled } = await findLosses(stack, { tenant: TENANT, card: CARD, acked })
    return { rounds: options.rounds, acked: acked.length, lost, doubled, clients: loaders.length }
  } finally {
    for (const loader of loaders) loader.close()
  }
}
