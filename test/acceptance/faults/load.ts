import type { Stack } from '../../support/stack.ts'
import { findLosses } from '../crash/find-losses.ts'
import { Loader } from '../crash/loader.ts'

const TENANT = 'acme'
const CARD = 'load-card'

/** Each is a client of the real library. */
const PEOPLE = ['ada', 'ben', 'cleo', 'ben'] as const

/** Milliseconds after which what is not in Postgres, with no fault any more, never will be. */
const SETTLE_MS = 600_000

/** What became of the edits of a load. */
export type LoadResult = {
  /** Edits whose acceptance a client was told. */
  readonly edits: number
  /** Of those, how many had no final outcome in time. */
  readonly unresolved: number
  /** Of those, how many Postgres refused; none has a reason to be. */
  readonly refused: number
  /** Of those, how many are not in Postgres. */
  readonly lost: number
  /** Edits that took effect in Postgres more than once. */
  readonly doubled: number
}

/** Edits of several clients, as fast as they get answers. */
export type Load = {
  /** Edits that are known to be in Postgres. */
  stored(): number
  /** Ends the load, waits for Postgres and looks there for every edit. */
  settle(): Promise<LoadResult>
  close(): void
}

/** Begins to edit with `unanswered` edits of each client under way. */
export async function startLoad(stack: Stack, unanswered: number): Promise<Load> {
  const loaders = PEOPLE.map((person, index) => new Loader(stack.client(person), `load-${index}`, CARD))
  const sum = (count: (loader: Loader) => number) =>
    loaders.reduce((total, loader) => total + count(loader), 0)
  const close = () => {
    for (const loader of loaders) loader.close()
  }
  try {
    await loaders[0]?.prepare()
    await Promise.all(loaders.map((loader) => loader.start(unanswered)))
  } catch (error) {
    close()
    throw error
  }
  return {
    stored: () => sum(({ stored }) => stored),
    async settle() {
      const unfinished = await Promise.all(loaders.map((loader) => loader.finish(SETTLE_MS)))
      const acked = loaders.flatMap((loader) => loader.acked)
      const losses = await findLosses(stack, { tenant: TENANT, card: CARD, acked })
      return {
        edits: acked.length,
        unresolved: unfinished.reduce((total, count) => total + count, 0),
        refused: sum(({ refused }) => refused),
        ...losses,
      }
    },
    close,
  }
}
