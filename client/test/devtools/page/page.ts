import { devtools } from '../../../src/devtools.ts'
import { createClient } from '../../../src/index.ts'
import { getToken } from '../../support/page-token.ts'

type Card = { id: string; number: string; assigneeId: string; targetPoints: number; story: string | null }
type Board = { readonly types?: { cards: { row: Card; insert: Partial<Card> } } }

const made = devtools()
const client = createClient<Board>({ url: '/', tenant: 'acme', getToken, trace: made })
client.cards
  .all()
  .orderBy('number')
  .limit(50)
  .subscribe(() => {})
made.mount(document.body)
// For the test to use.
Object.assign(globalThis, { db: client })
