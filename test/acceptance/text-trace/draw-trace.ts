import { applyUpdate, Doc, encodeStateAsUpdate } from 'yjs'
import { Random } from '../../../dev/harness/random.ts'
import { type Agent, other, type Trace } from './trace.ts'

const WORDS = ['a', 'be', ' ', 'sea ', '😀', '\n', 'word '] as const

/** Draws a recording where the real one is not: two who write, and see each other's now and then. */
export function drawTrace(seed: number, length: number): Trace {
  const random = new Random(seed)
  const docs = [new Doc(), new Doc()] as const
  docs[0].clientID = 1
  docs[1].clientID = 2
  /** The last transaction of each, as each has it. */
  const sight: [[number, number], [number, number]] = [
    [-1, -1],
    [-1, -1],
  ]
  const txns: Trace['txns'] = []
  for (let at = 0; at < length; at++) {
    const agent: Agent = random.chance(0.5) ? 0 : 1
    const text = docs[agent].getText('t')
    if (random.chance(0.2)) {
      applyUpdate(docs[agent], encodeStateAsUpdate(docs[other(agent)]))
      sight[agent] = [Math.max(sight[0][0], sight[1][0]), Math.max(sight[0][1], sight[1][1])]
    }
    const place = placeIn(text.toString(), random)
    const isGone = random.chance(0.2) && place < text.length
    const deleted = isGone ? ((text.toString().codePointAt(place) ?? 0) > 0xffff ? 2 : 1) : 0
    const inserted = isGone ? '' : random.pick(WORDS)
    if (deleted > 0) text.delete(place, deleted)
    if (inserted !== '') text.insert(place, inserted)
    txns.push({
      parents: [...new Set(sight[agent])].filter((one) => one >= 0),
      agent,
      patches: [[place, deleted, inserted]],
    })
    sight[agent][agent] = at
  }
  applyUpdate(docs[0], encodeStateAsUpdate(docs[1]))
  return { kind: 'concurrent', numAgents: 2, txns, endContent: docs[0].getText('t').toString() }
}

/** A place between two characters. */
function placeIn(text: string, random: Random): number {
  const place = random.whole(0, text.length)
  return /^[\udc00-\udfff]/.test(text.slice(place)) ? place - 1 : place
}
