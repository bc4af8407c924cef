import { sameValue } from '../../../src/core/records/value.ts'
import { groupBy, rowOf } from './group.ts'
import { pick, type SqlTouch } from './touch.ts'

/**
 * What a transaction did to rows, for whoever sees nothing between its statements. To one row that is nothing; an
 * update; the delete of the row that was there; the insert of the one that is there then; or both of these.
 *
 * @param touches all of a transaction, in its order
 */
export function comeTo(touches: readonly SqlTouch[]): SqlTouch[] {
  return [...groupBy(touches, rowOf).values()].flatMap(comeToOfRow)
}

function comeToOfRow(touches: readonly SqlTouch[]): SqlTouch[] {
  const outcomes: SqlTouch[] = []
  let life: SqlTouch | undefined
  for (const touch of touches) {
    life = life ? joined(life, touch) : touch
    if (touch.wrote) continue
    outcomes.push(...outcomeOf(life))
    life = undefined
  }
  return life ? [...outcomes, ...outcomeOf(life)] : outcomes
}

/** Two touches of a row as one: from what the first saw to what the second wrote. */
function joined(first: SqlTouch, second: SqlTouch): SqlTouch {
  const { over, wrote, ...about } = second
  return {
    ...about,
    ...(first.over && { over: { ...over, ...first.over } }),
    ...(wrote && { wrote: { ...first.wrote, ...wrote } }),
  }
}

/** The touch without what it left as it was; nothing where it was all in vain. */
function outcomeOf(touch: SqlTouch): SqlTouch[] {
  const { over, wrote } = touch
  if (!over) return wrote ? [touch] : []
  if (!wrote) return [touch]
  const changed = Object.keys(wrote).filter((name) => !sameValue(over[name], wrote[name]))
  if (changed.length === 0) return []
  return [{ ...touch, over: pick(over, changed), wrote: pick(wrote, changed) }]
}
