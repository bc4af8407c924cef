import { createClient } from '../../../src/index.ts'
import { indexedDb } from '../../../src/indexeddb.ts'
import { browserNeighbours } from '../../../src/tabs/browser-neighbours.ts'
import { tabs } from '../../../src/tabs.ts'
import { CONTRACT } from '../neighbours-contract.ts'

/** An edit of a card: its number, the label that it wrote, and the one that was shown before. */
type Made = { readonly n: number; readonly card: string; readonly label: string; readonly saw: string }

declare global {
  /** A token of whoever has the page open; the test gives it. */
  var tokenOf: () => Promise<string>
  /** Hears of an edit once it is saved. */
  var savedInTab: (made: Made) => Promise<void>
  /** The client, for the test to use. */
  var tab: ReturnType<typeof open>
  /** Tries the port on this browser's locks and channels. Gives what went wrong, by title. */
  var tryContract: () => Promise<Record<string, string>>
  /** Edits a card, again and again, as long as it is told to. */
  var edit: (card: string, name: string, ms: number) => Promise<void>
}

type Card = { id: string; number: string; notes: string; reactions: number; labels: readonly string[] }
type Board = {
  readonly types?: {
    cards: { row: Card; insert: Partial<Card> & { assigneeId: string; targetPoints: number }; sets: 'labels' }
  }
}

function open() {
  return createClient<Board>({
    url: '/',
    tenant: 'acme',
    getToken: () => globalThis.tokenOf(),
    persist: indexedDb(),
    share: tabs(),
  })
}

globalThis.tryContract = async () => {
  const wrong: Record<string, string> = {}
  for (const { title, run } of CONTRACT) {
    const [one, other] = [browserNeighbours(), browserNeighbours()]
    try {
      if (!one || !other) throw new Error('this browser has no neighbours')
      await run({ one, other, name: title })
    } catch (thrown) {
      wrong[title] = String(thrown)
    }
  }
  return wrong
}

globalThis.edit = async (card, name, ms) => {
  const { tab } = globalThis
  for (let [i, end] = [0, performance.now() + ms]; performance.now() < end; i++) {
    const label = `${name}.${i}`
    const saw = tab.cards.get(card)?.notes ?? ''
    const made = tab.cards.update(card, (draft) => {
      draft.reactions += 1
      draft.notes = label
      draft.labels.add(label)
    })
    const { ok } = await made.saved
    if (ok && made.n !== undefined) await globalThis.savedInTab({ n: made.n, card, label, saw })
  }
}

if (location.hash !== '#contract') {
  globalThis.tab = open()
  globalThis.tab.cards.all().subscribe(() => {})
}
