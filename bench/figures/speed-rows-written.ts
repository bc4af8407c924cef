import * as v from 'valibot'
import type { Figure } from '../../dev/harness/figure.ts'
import { RawPeer } from '../../dev/harness/raw-peer.ts'
import { startStack } from '../../dev/invoices/stack.ts'
import { change, contact, invoice } from '../clients/ops.ts'
import { median, rounded } from '../load/numbers.ts'

/**
 * Edits one after the other, in groups of which the median counts: a fact that is stored every ten seconds is not an
 * edit's.
 */
const GROUPS = 10
const GROUP = 20
const BURSTS = 40
const BURST = 200
const HOT_ROWS = 10
const WARM_UP = 20

const countsSchema = v.object({ rows: v.number() })

/** What an edit costs in rows of SQLite, which are what is billed. */
export const speedRowsWritten: Figure<'alone' | 'burst'> = {
  name: 'speed-rows-written',
  about:
    'rows that the object writes into its SQLite for each edit, those of indexes and of the mark that says what Postgres has included: for edits one after the other, each in Postgres before the next (median of ten groups of 20), and for pushes of 200 edits to 10 rows',
  fields: ['alone', 'burst'],
  goal: 'alone <= 3 and burst <= 1.1',
  async measure(report) {
    await using stack = await startStack({ entry: 'bench/counted-worker/worker.ts' })
    const written = async () =>
      v.parse(countsSchema, await (await fetch(new URL('/dev/counts', stack.url))).json()).rows
    const token = await stack.pass('rows', 'author')
    const peer = await RawPeer.join({ url: stack.url, token, client: 'client-of-author' })
    await peer.loaded('contacts')
    await peer.push([contact('c1')])
    await peer.push(Array.from({ length: HOT_ROWS }, (_, i) => invoice(`i${i}`, 'c1')))
    const edit = (n: number) => [change(`i${n % HOT_ROWS}`, { reference: { set: `written ${n}` } })]
    const perEdit = async (edits: number, work: () => Promise<void>) => {
      const before = await written()
      await work()
      return rounded(((await written()) - before) / edits)
    }
    const oneByOne = (count: number) => async () => {
      for (let n = 0; n < count; n++) {
        const committed = peer.next('committed')
        await peer.push(edit(n))
        await committed
      }
    }
    await oneByOne(WARM_UP)()
    const groups: number[] = []
    for (let i = 0; i < GROUPS; i++) groups.push(await perEdit(GROUP, oneByOne(GROUP)))
    const alone = median(groups)
    report(`alone: ${groups.join(', ')} rows an edit`)
    const burst = await perEdit(BURSTS * BURST, async () => {
      for (let i = 0; i < BURSTS; i++) await peer.push(...Array.from({ length: BURST }, (_, n) => edit(n)))
    })
    report(`in bursts: ${burst} rows an edit`)
    peer.close()
    return {
      fields: { alone, burst },
      input: { alone: GROUPS * GROUP, bursts: BURSTS, burst: BURST, hotRows: HOT_ROWS },
      ok: alone <= 3 && burst <= 1.1,
    }
  },
}
