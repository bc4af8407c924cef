import { indexedDbDisk } from '../../../src/disk/indexeddb-disk.ts'
import { opfsCopies } from '../../../src/disk/opfs-copy.ts'
import { inTwoPlaces } from '../../../src/disk/two-places.ts'
import { createClient } from '../../../src/index.ts'
import { indexedDb } from '../../../src/indexeddb.ts'
import { CONTRACT } from '../disk-contract.ts'

declare global {
  /** A token of whoever has the page open; the test gives it. */
  var tokenOf: () => Promise<string>
  /** The client, for the test to use. */
  var db: ReturnType<typeof open>
  /** Tries the port on this browser's IndexedDB. Gives what went wrong, by title. */
  var tryContract: () => Promise<Record<string, string>>
  /** Edits a card, again and again, until the browser is killed. Each edit that is saved is told. */
  var editForEver: (card: string, visit: number) => Promise<never>
  var savedOne: (label: string) => Promise<void>
}

type Card = {
  id: string
  number: string
  assigneeId: string
  targetPoints: number
  reactions: number
  labels: readonly string[]
}
type Board = {
  readonly types?: {
    cards: { row: Card; insert: Partial<Card>; sets: 'labels' }
  }
}

function open() {
  return createClient<Board>({
    url: '/',
    tenant: 'acme',
    getToken: () => globalThis.tokenOf(),
    persist: indexedDb({ graceMs: 3_600_000 }),
  })
}

async function wipe(owner: string): Promise<void> {
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(`tidemark contract ${owner}`)
    request.onsuccess = resolve
    request.onerror = reject
  })
}

globalThis.tryContract = async () => {
  const wrong: Record<string, string> = {}
  for (const { title, run } of CONTRACT) {
    await wipe('ann')
    await wipe('ben')
    try {
      const disk = indexedDbDisk('contract', localStorage)
      await opfsCopies('contract').remove('ann')
      await opfsCopies('contract').remove('ben')
      await run({ disk, wipe })
      await wipe('ann')
      await wipe('ben')
      await run({ disk: inTwoPlaces(disk, opfsCopies('contract')), wipe })
    } catch (thrown) {
      wrong[title] = String(thrown)
    }
  }
  return wrong
}

if (location.hash !== '#contract') {
  globalThis.db = open()
  globalThis.db.cards.all().subscribe(() => {})
}

globalThis.editForEver = async (card, visit) => {
  for (let i = 0; ; i++) {
    const number = `${visit}.${i}`
    const { saved } = globalThis.db.cards.update(card, (draft) => {
      draft.reactions += 1
      draft.labels.add(number)
    })
    if ((await saved).ok) await globalThis.savedOne(number)
  }
}
