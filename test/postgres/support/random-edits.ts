import type { Change, LogEntry } from '../../../src/core/log/log.ts'
import { entry, insertAssignee, insertCard, remove, update } from './edits.ts'

/** A log of edits that Postgres takes: records come, change, go and come again. */
export function randomEdits(seed: number, count: number): LogEntry[] {
  const below = numbersFrom(seed)
  const assignees = new Set(['a1'])
  /** What has been won of each card. */
  const cards = new Map<string, number>()
  const change = (seq: number): Change => {
    const assignee = `a${2 + below(6)}`
    const card = `c${below(8)}`
    if (below(2) === 0) {
      if (assignees.has(assignee) && below(3) === 0) return drop(assignees, 'assignees', assignee)
      if (assignees.has(assignee))
        return update('assignees', assignee, below(2) ? { name: `n${seq}` } : { city: `y${seq}` })
      assignees.add(assignee)
      return insertAssignee(assignee)
    }
    const won = cards.get(card)
    if (won === undefined) {
      cards.set(card, 0)
      return insertCard(card)
    }
    if (below(5) === 0) return drop(cards, 'cards', card)
    if (below(2)) {
      const amount = 1 + below(500)
      cards.set(card, won + amount)
      return update('cards', card, { pointsWon: won + amount, status: 'in_progress' }, { pointsWon: amount })
    }
    return update('cards', card, below(2) ? { notes: `t${seq}`, dueOn: '2026-02-28' } : { dueOn: null })
  }
  return Array.from({ length: count }, (_, i) =>
    i === 0 ? entry(1, [insertAssignee('a1')]) : entry(i + 1, [change(i + 1)]),
  )
}

function drop(alive: { delete(id: string): boolean }, collection: string, id: string): Change {
  alive.delete(id)
  return remove(collection, id)
}

/** A linear congruential generator (Numerical Recipes): enough to vary a log, the same for a seed. */
export function numbersFrom(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * bound)
  }
}
