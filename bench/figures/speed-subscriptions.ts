import type { Figure } from '../../dev/harness/figure.ts'
import { startStack } from '../../dev/invoices/stack.ts'
import { openAudience } from '../clients/audience.ts'
import { median, rounded } from '../load/numbers.ts'

const SUBSCRIPTIONS = 10_000
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
    const one = await openAudience(stack, 'one', 1)
    const many = await openAudience(stack, 'many', SUBSCRIPTIONS)
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
