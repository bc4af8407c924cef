import { type Stack, startStack } from '../../test/support/stack.ts'
import { openCrowd } from '../raw/crowd.ts'
import { median, rounded } from '../raw/numbers.ts'
import { change, contact, invoice } from '../raw/ops.ts'
import { RawPeer } from '../raw/peer.ts'
import type { Figure } from './figure.ts'

const SUBSCRIPTIONS = 10_000
const PER_SESSION = 63
const ROUNDS = 300
const WARM_UP = 50

/** What an edit costs that concerns one of very many different subscriptions. */
export const speedSubscriptions: Figure<'ratio'> = {
  name: 'speed-subscriptions',
  about:
    'time of an edit until the one subscription that it touches has it, with 10,000 different subscriptions, against the same with that one',
  fields: ['ratio'],
  goal: 'ratio <= 2',
  async measure(report) {
    await using stack = await startStack()
    const one = await audience(stack, 'one', 1)
    const many = await audience(stack, 'many', SUBSCRIPTIONS)
    report(`${SUBSCRIPTIONS} subscriptions`)
    const times = { one: [] as number[], many: [] as number[] }
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      for (const [name, deliver] of [
        ['one', one],
        ['many', many],
      ] as const) {
        const ms = await deliver(round)
        if (round >= 0) times[name].push(ms)
      }
    }
    const [few, much] = [median(times.one), median(times.many)]
    report(`an edit: ${few.toFixed(2)} ms with one, ${much.toFixed(2)} ms with all`)
    return {
      fields: { ratio: rounded(much / few) },
      input: { subscriptions: SUBSCRIPTIONS, rounds: ROUNDS },
      ok: much / few <= 2,
    }
  },
}

/** Different subscriptions, one of them to the invoice of the first contact. Returns how to edit that, until it is told. */
async function audience(stack: Stack, tenant: string, subscriptions: number) {
  const token = await stack.pass(tenant, 'author')
  const author = await RawPeer.join({ url: stack.url, token, client: 'client-of-author' })
  await author.loaded()
  await author.push([contact('c0'), invoice('i0', 'c0')])
  const crowd = await openCrowd(stack, tenant, Math.ceil(subscriptions / PER_SESSION))
  let made = 0
  for (const peer of crowd) {
    for (let id = 0; id < PER_SESSION && made < subscriptions; id++, made++) {
      await peer.follow({ collection: 'invoices', where: ['=', 'contactId', `c${made}`] }, { id })
    }
  }
  const [reader] = crowd
  if (!reader) throw new Error('somebody reads')
  return async (round: number) => {
    const told = new Promise<void>((resolve) => {
      reader.onRows = () => resolve()
    })
    const begun = performance.now()
    await Promise.all([author.push([change('i0', { notes: { set: `${round}` } })]), told])
    return performance.now() - begun
  }
}
