import type { Figure } from '../../dev/harness/figure.ts'
import { RawPeer } from '../../dev/harness/raw-peer.ts'
import { type Stack, startStack } from '../../dev/invoices/stack.ts'
import { openCrowd } from '../clients/crowd.ts'
import { change, contact, invoice } from '../clients/ops.ts'
import { median, rounded } from '../load/numbers.ts'

const SUBSCRIPTIONS = 10_000
const PER_SESSION = 63
const QUERIES = 50
const MANY = 1_000
const ROUNDS = 150
const WARM_UP = 30

/** Edits of one push in the first part: many, so that what an edit costs is seen over the way it goes. */
const PUSH = 50

/** What an edit costs with many subscriptions that it does not touch, and with many sessions that share views. */
export const editCost: Figure<'ratioUntouched' | 'ratioSessions'> = {
  name: 'edit-cost',
  about:
    'pushes of edits that touch none of 10,000 subscriptions, against the same with none; and the time per delivered frame with 1,000 sessions on 50 queries, against 50 sessions on them',
  fields: ['ratioUntouched', 'ratioSessions'],
  goal: 'ratioUntouched <= 2 and ratioSessions <= 1.2',
  async measure(report) {
    await using stack = await startStack()
    const ratioUntouched = await measureUntouched(stack, report)
    const ratioSessions = await measureSessions(stack, report)
    return {
      fields: { ratioUntouched, ratioSessions },
      input: { subscriptions: SUBSCRIPTIONS, sessions: MANY, queries: QUERIES, rounds: ROUNDS },
      ok: ratioUntouched <= 2 && ratioSessions <= 1.2,
    }
  },
}

async function measureUntouched(stack: Stack, report: (line: string) => void): Promise<number> {
  const [quiet, busy] = [await author(stack, 'quiet'), await author(stack, 'busy')]
  const crowd = await openCrowd(stack, 'busy', Math.ceil(SUBSCRIPTIONS / PER_SESSION))
  let made = 0
  for (const peer of crowd) {
    for (let id = 0; id < PER_SESSION && made < SUBSCRIPTIONS; id++, made++) {
      await peer.follow({ collection: 'invoices', where: ['=', 'contactId', `none-${made}`] }, { id })
    }
  }
  report(`${made} subscriptions of ${crowd.length} sessions`)
  const times = { quiet: [] as number[], busy: [] as number[] }
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [name, peer] of [
      ['quiet', quiet],
      ['busy', busy],
    ] as const) {
      const edits = Array.from({ length: PUSH }, (_, i) => [
        change('i0', { reference: { set: `${round}:${i}` } }),
      ])
      const begun = performance.now()
      await peer.push(...edits)
      if (round >= 0) times[name].push(performance.now() - begun)
    }
  }
  report(
    `a push: ${median(times.quiet).toFixed(2)} ms without, ${median(times.busy).toFixed(2)} ms with subscriptions`,
  )
  for (const peer of [...crowd, quiet, busy]) peer.close()
  return rounded(median(times.busy) / median(times.quiet))
}

async function measureSessions(stack: Stack, report: (line: string) => void): Promise<number> {
  const few = await audience(stack, 'few', QUERIES)
  const many = await audience(stack, 'many', MANY)
  const times = { few: [] as number[], many: [] as number[] }
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const [name, deliver] of [
      ['few', few],
      ['many', many],
    ] as const) {
      const ms = await deliver(round)
      if (round >= 0) times[name].push(ms)
    }
  }
  const perFrame = [median(times.few) / QUERIES, median(times.many) / MANY] as const
  report(
    `a frame: ${perFrame.map((ms) => (ms * 1_000).toFixed(1)).join(' and ')} us with ${QUERIES} and ${MANY} sessions`,
  )
  return rounded(perFrame[1] / perFrame[0])
}

/** Sessions that follow the queries in turn. Returns how to make an edit that touches all, until all have it. */
async function audience(stack: Stack, tenant: string, size: number) {
  const peer = await author(stack, tenant)
  const crowd = await openCrowd(stack, tenant, size)
  await Promise.all(
    crowd.map((one, i) =>
      one.follow({ collection: 'invoices', where: ['=', 'contactId', `c${i % QUERIES}`] }),
    ),
  )
  return async (round: number) => {
    const all = Array.from({ length: QUERIES }, (_, i) => change(`i${i}`, { reference: { set: `${round}` } }))
    const arrived = new Promise<void>((resolve) => {
      let left = crowd.length
      for (const one of crowd) {
        one.onRows = () => {
          left -= 1
          if (left === 0) resolve()
        }
      }
    })
    const begun = performance.now()
    await Promise.all([peer.push(all), arrived])
    return performance.now() - begun
  }
}

/** Somebody who edits, in a tenant with an invoice of each contact. */
async function author(stack: Stack, tenant: string): Promise<RawPeer> {
  const token = await stack.pass(tenant, 'author')
  const peer = await RawPeer.join({ url: stack.url, token, client: 'client-of-author' })
  await peer.loaded('contacts')
  await peer.push(Array.from({ length: QUERIES }, (_, i) => contact(`c${i}`)))
  await peer.push(Array.from({ length: QUERIES }, (_, i) => invoice(`i${i}`, `c${i}`)))
  return peer
}
