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
    'what a killed tab had just stored is not looked for',
    'client/src/tabs/company.ts',
    '        ears.gone()\n',
    '',
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
  defect(
    'a tab whose lead was stolen leads on',
    'client/src/tabs/room.ts',
    '    if (!this.leads || this.#isOver) return\n    this.#giveAway = undefined\n',
    '    if (this.leads || this.#isOver) return\n    this.#giveAway = undefined\n',
    NEEDS,
  ),
  defect(
    'a tab whose disk has failed sends what the others send as well',
    'client/src/queue/queue.ts',
    'if (n <= saved) this.#fail(n, error)\n',
    'if (n > saved) this.#fail(n, error)\n',
    [...NEEDS, 'full'],
  ),
  defect(
    'a tab that comes late is told how far Postgres was once',
    'client/src/tabs/hub.ts',
    "kind === 'committed') this.#welcome = { ...welcome, committed: told }",
    "kind === 'committed') this.#welcome = welcome",
    NEEDS,
  ),
  defect(
    'a tab takes what others have stored for its own',
    'client/src/disk/unseen-edits.ts',
    '  if (first === undefined) return edit\n',
    '  if (first !== 0) return edit\n',
    NEEDS,
  ),
]
