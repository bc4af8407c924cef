import { afterAll, beforeAll, expect, it } from 'vitest'
import { applyUpdate, Doc, encodeStateAsUpdate } from 'yjs'
import { drawTrace } from '../acceptance/text-trace/draw-trace.ts'
import { cutsBy, replay } from '../acceptance/text-trace/replay.ts'
import { schedule } from '../acceptance/text-trace/schedule.ts'
import { hasTrace, other, readTrace, type Trace } from '../acceptance/text-trace/trace.ts'
import { type Stack, startStack } from '../support/stack.ts'

/** The beginning of the recording; the figure `text-trace` has all of it. */
const TRANSACTIONS = 1_500

/** The text as Yjs alone makes it, with what each had seen. */
function expected({ txns }: Trace): string {
  const docs = [new Doc(), new Doc()] as const
  const sent = [encodeStateAsUpdate(docs[0]), encodeStateAsUpdate(docs[1])]
  docs[0].clientID = 1
  docs[1].clientID = 2
  for (const { is, agent, at } of schedule({ kind: 'concurrent', endContent: '', numAgents: 2, txns })) {
    const doc = docs[agent]
    if (is === 'send') sent[agent] = encodeStateAsUpdate(doc)
    else if (is === 'take') applyUpdate(doc, sent[other(agent)] ?? new Uint8Array())
    else
      for (const [place, deleted, inserted] of txns[at]?.patches ?? []) {
        doc.getText('t').delete(place, deleted)
        doc.getText('t').insert(place, inserted)
      }
  }
  applyUpdate(docs[0], encodeStateAsUpdate(docs[1]))
  return docs[0].getText('t').toString()
}

let stack: Stack

beforeAll(async () => {
  stack = await startStack()
})

afterAll(() => stack.stop())

it.each([
  ['holds', () => false],
  ['is cut at random', cutsBy(7, 12)],
])(
  'TXT-23 what two wrote at once is written again on a line that %s, and all end with its text',
  async (how, cutOf) => {
    const whole = hasTrace ? readTrace() : drawTrace(23, TRANSACTIONS)
    const trace = { ...whole, txns: whole.txns.slice(0, TRANSACTIONS) }
    const { texts, cuts } = await replay(stack, how.replaceAll(' ', '-'), trace, cutOf)
    const text = expected(trace)
    expect(texts).toEqual({ first: text, second: text, object: text, postgres: text })
    expect(cuts > 0).toBe(how !== 'holds')
  },
)

it('TXT-23 the order in which a recording is written again leads to the text that was recorded', () => {
  for (const trace of [drawTrace(1, 2_000), ...(hasTrace ? [readTrace()] : [])])
    expect(expected(trace)).toBe(trace.endContent)
})
