import type { Environment } from '../environment/environment.ts'

/** Milliseconds in which a page that is being left gives its lock away; after them it is another page that stays. */
export const LEAVING_MS = 500

/** The page's lock on a name: at most one page of a browser has it. */
export type Ownership = {
  /**
   * Returns how to give it away; undefined when another page has it. Rejects where pages cannot be told apart.
   *
   * @param isShared pages that share their connection have it together
   */
  take(owner: string, isShared: boolean): Promise<(() => void) | undefined>
}

/**
 * One page of a browser owns the disk, or several that share it; any other works alone, in memory. Where there are no
 * locks there is no telling pages apart, so nothing is owned.
 */
export function browserOwnership(place: string, { setTimer }: Pick<Environment, 'setTimer'>): Ownership {
  return {
    take: (owner, isShared) =>
      new Promise((resolve) => {
        const giveUp = new AbortController()
        const cancel = setTimer(LEAVING_MS, () => giveUp.abort())
        navigator.locks
          .request(
            `${place} ${owner}`,
            { signal: giveUp.signal, mode: isShared ? 'shared' : 'exclusive' },
            () => {
              cancel()
              return new Promise<void>((release) => resolve(() => release()))
            },
          )
          // Not granted in time.
          .catch(() => resolve(undefined))
      }),
  }
}
