import type { Figure } from '../../dev/harness/figure.ts'
import { RawPeer } from '../../dev/harness/raw-peer.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import type { Query } from '../../src/protocol/query.ts'
import { change, contact, invoice } from '../clients/ops.ts'

const TENANT = 'resumers'
const CHANGES = 10_000
const VISIBLE = 37
const INVOICES = 400
const PUSH = 100
const GOAL_BYTES = 16_384

/** Ben follows one contact's invoices that are worth something. */
const QUERY: Query = {
  collection: 'invoices',
  where: [
    'and',
    [
      ['=', 'contactId', 'his'],
      ['>=', 'totalCents', 1_000],
    ],
  ],
}

/** What an absence costs in bytes. */
export const resumeBytes: Figure<'changes' | 'visibleChanges' | 'bytes'> = {
  name: 'resume-bytes',
  about:
    'a client with a query is away while others make many changes, few of which it may see: characters it receives from opening its socket until it is current',
  fields: ['changes', 'visibleChanges', 'bytes'],
  goal: `bytes < ${GOAL_BYTES} with exactly the rows of a new reader`,
  async measure(report) {
    await using stack = await startStack()
    const ada = await join(stack, 'ada')
    await ada.loaded('contacts')
    await ada.push([contact('his')], [contact('others')])
    const made = Array.from({ length: INVOICES }, (_, i) => [
      invoice(`i${i}`, i < VISIBLE ? 'his' : 'others'),
    ])
    for (let i = 0; i < INVOICES; i += PUSH) await ada.push(...made.slice(i, i + PUSH))
    const ben = await join(stack, 'ben')
    const held = new Map((await ben.follow(QUERY)).map((row) => [String(row[0]), row]))
    const seq = 2 + INVOICES
    ben.close()
    await makeChanges(ada, report)
    const back = await join(stack, 'ben', ben.manifest)
    const before = back.rows
    back.send([
      'subscribe',
      { id: 1, query: QUERY, resume: { epoch: back.epoch, seq, resumeToken: ben.resumeToken } },
    ])
    const [, , , parts] = await back.next('rows')
    await back.next('digest')
    const visibleChanges = parts.reduce(
      (sum, [, puts, patches, leaves]) => sum + puts.length + patches.length + leaves.length,
      0,
    )
    for (const [, puts, patches, leaves] of parts) {
      for (const row of puts) held.set(String(row[0]), row)
      for (const [id, ...pairs] of patches) {
        for (let i = 0; i < pairs.length; i += 2)
          held.get(id)?.splice(Number(pairs[i]), 1, pairs[i + 1] ?? null)
      }
      for (const id of leaves) held.delete(id)
    }
    const fresh = await (await join(stack, 'cleo')).follow(QUERY)
    const isRight = JSON.stringify([...held.values()].sort(byId)) === JSON.stringify(fresh.sort(byId))
    const { received: bytes } = back
    report(`${visibleChanges} changes seen, ${bytes} characters, rows ${isRight ? 'right' : 'wrong'}`)
    return {
      fields: { changes: CHANGES, visibleChanges, bytes },
      input: { invoices: INVOICES, intervals: back.rows - before },
      ok: bytes < GOAL_BYTES && visibleChanges === VISIBLE && isRight,
    }
  },
}

const byId = (a: readonly unknown[], b: readonly unknown[]) => (String(a[0]) < String(b[0]) ? -1 : 1)

async function join(stack: Stack, name: string, manifest?: string): Promise<RawPeer> {
  const client = `client-of-${name}`
  return RawPeer.join({ url: stack.url, token: await stack.pass(TENANT, name), client }, manifest)
}

/** Changes of other contacts' invoices, and one of each of his: most change a value, some leave. */
async function makeChanges(ada: RawPeer, report: (line: string) => void): Promise<void> {
  for (let done = 0; done < CHANGES; done += PUSH) {
    const edits = Array.from({ length: PUSH }, (_, i) => {
      const n = done + i
      if (n < VISIBLE)
        return [change(`i${n}`, n % 5 === 0 ? { totalCents: { set: 1 } } : { reference: { set: `${n}` } })]
      return [change(`i${VISIBLE + (n % (INVOICES - VISIBLE))}`, { reference: { set: `${n}` } })]
    })
    await ada.push(...edits)
    if ((done + PUSH) % 2_000 === 0) report(`${done + PUSH} of ${CHANGES} changes`)
  }
}
