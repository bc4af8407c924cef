import { type Defect, defect } from './defect.ts'

/** What all of them need: several pages of one browser, some of which are killed and frozen. */
const NEEDS = ['onDisk', 'tabs', 'reopened', 'frozen'] as const

/** In what the tabs of a browser have together: numbers, a disk, and one connection. */
export const AMONG_TABS: readonly Defect[] = [
  defect(
    'tabs do not agree on the numbers of their edits',
    'client/src/disk/disk.ts',
    'if (before.last !== numbers.after) throw',
    'if (before.last < numbers.after) throw',
    NEEDS,
  ),
  defect(
    'a tab that leads anew leaves what others had stored',
    'client/src/disk/keeper.ts',
    'isShared ? adoptAgain(owner, kept) : []',
    'isShared ? adoptAgain(owner, kept && { ...kept, edits: [] }) : []',
    NEEDS,
  ),
  defect(
    'a tab that comes back is told nothing of what it missed',
    'client/src/tabs/subscriptions.ts',
    'const begins = first.from ?? Number(from)',
    'const begins = Number(from)',
    NEEDS,
  ),
  defect(
    'a tab with a snapshot is told nothing of what follows',
    'client/src/tabs/subscriptions.ts',
    '    this.#bound.add(one.page)\n',
    '',
    NEEDS,
  ),
]
