import type { Figure } from '../../../dev/harness/figure.ts'
import { startStack } from '../../support/stack.ts'
import { cutsBy, type Replayed, replay } from '../text-trace/replay.ts'
import { readTrace } from '../text-trace/trace.ts'

/** One of so many frames that matter meets a line that is cut. */
const CUT_ONE_OF = 40
const SEED = 20_261_129

type Field = 'edits' | 'equal' | 'editsPerSecond' | 'bytesPerEdit'

/** A real text that two wrote at once, written again by two clients. */
export const textTrace: Figure<Field> = {
  name: 'text-trace',
  about:
    'two clients write a text again that two people once wrote at the same time, each keystroke in sight of what its author saw then, on a line that holds and on one that is cut at random; clients, object and Postgres have to end with the text that was recorded',
  fields: ['edits', 'equal', 'editsPerSecond', 'bytesPerEdit'],
  goal: 'equal = edits, on both lines',
  async measure(report) {
    const trace = readTrace()
    await using stack = await startStack()
    const steady = await replay(stack, 'steady', trace, () => false)
    report(told('on a line that holds', steady))
    const cut = await replay(stack, 'cut', trace, cutsBy(SEED, CUT_ONE_OF))
    report(told('on a line that is cut', cut))
    const edits = trace.txns.length
    const isEqual = (texts: Replayed['texts']) =>
      Object.values(texts).every((text) => text === trace.endContent)
    const equal = isEqual(steady.texts) && isEqual(cut.texts) ? edits : 0
    return {
      fields: {
        edits,
        equal,
        editsPerSecond: Math.round((edits / steady.ms) * 1_000),
        bytesPerEdit: Number((steady.carried / edits).toFixed(1)),
      },
      input: {
        accepted: steady.edits,
        characters: trace.endContent.length,
        cuts: cut.cuts,
        acceptedCut: cut.edits,
      },
      ok: equal === edits && cut.cuts > 0,
    }
  },
}

function told(how: string, { texts, edits, ms, cuts, carried }: Replayed): string {
  const lengths = Object.entries(texts).map(([who, text]) => `${who} ${text.length}`)
  return `${how}: ${edits} edits in ${Math.round(ms)} ms, ${cuts} cuts, ${carried} characters; ${lengths.join(', ')}`
}
