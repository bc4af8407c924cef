import { Random } from '../../../dev/harness/random.ts'
import { until } from '../../../dev/harness/until.ts'
import type { Stack } from '../../support/stack.ts'
import { schedule } from './schedule.ts'
import { other, type Trace } from './trace.ts'
import { openWriter, type Writer } from './writer.ts'

/** The outcome of a replay: the text as each of those who have it holds it, and what that took. */
export type Replayed = {
  readonly texts: Readonly<Record<'first' | 'second' | 'object' | 'postgres', string>>
  readonly edits: number
  readonly carried: number
  readonly ms: number
  readonly cuts: number
}

/**
 * Replays a recording by two real clients, each of which types its transactions in sight of their parents alone.
 *
 * Which of two texts that are inserted at one place comes first, Yjs decides by its ids: the lower comes first. So it
 * was when this was recorded, so the first agent is given the lower one; elsewhere they are drawn by chance.
 *
 * @param cutOf decides before each step on the wire whether the line of its client is cut
 */
export async function replay(
  stack: Stack,
  id: string,
  trace: Trace,
  cutOf: () => boolean,
): Promise<Replayed> {
  await stack.sql('INSERT INTO board_settings (tenant_id, id, name) VALUES ($1, $2, $3)', [
    'acme',
    id,
    'Board',
  ])
  await stack.nudge('acme')
  const pair = [await openWriter(stack, id, 0.2), await openWriter(stack, id, 0.7)] as const
  const writers = { 0: pair[0], 1: pair[1] }
  let cuts = 0
  const from = performance.now()
  for (const { is, agent, at } of schedule(trace)) {
    const writer = writers[agent]
    if (is === 'type') type(writer, trace, at)
    else {
      const working = is === 'send' ? writer.send() : writer.take()
      if (cutOf()) {
        cuts++
        // By turns the one whom it concerns, and the other, who notices later.
        writers[cuts % 2 === 0 ? agent : other(agent)].cut()
      }
      await working
    }
  }
  for (const writer of pair) {
    await writer.send()
    await writer.take()
  }
  const ms = performance.now() - from
  await until('everything is in Postgres', () => pair.every((writer) => writer.isDone()))
  const fresh = await openWriter(stack, id, 0.9)
  const [row] = await stack.sql('SELECT welcome FROM board_settings WHERE id = $1', [id])
  const shown = (writer: Writer) => writer.text.getSnapshot().text
  const sum = (of: 'edits' | 'carried') => pair.reduce((total, writer) => total + writer.counts()[of], 0)
  const texts = {
    first: shown(pair[0]),
    second: shown(pair[1]),
    object: shown(fresh),
    postgres: String(row?.['welcome']),
  }
  for (const writer of [...pair, fresh]) writer.close()
  return { texts, edits: sum('edits'), carried: sum('carried'), ms, cuts }
}

/** Draws, by a seed, which of the steps are cut: about one of so many. */
export function cutsBy(seed: number, oneOf: number): () => boolean {
  const random = new Random(seed)
  return () => random.chance(1 / oneOf)
}

function type({ text }: Writer, { txns }: Trace, at: number): void {
  for (const [place, deleted, inserted] of txns[at]?.patches ?? []) {
    if (deleted > 0) text.delete(place, deleted)
    if (inserted !== '') text.insert(place, inserted)
  }
}
