import type { FieldOp, Op } from '../../../src/protocol/edit.ts'
import type { Value } from '../../../src/protocol/value.ts'

export function assignee(id = 'a1'): Op {
  return { op: 'insert', collection: 'assignees', id, values: { name: 'Anna Berg' } }
}

export function card(id: string, values: Record<string, Value> = {}): Op {
  return {
    op: 'insert',
    collection: 'cards',
    id,
    values: { number: `N-${id}`, assigneeId: 'a1', targetPoints: 10_000, ...values },
  }
}

export function change(id: string, fields: Record<string, FieldOp>): Op {
  return { op: 'update', collection: 'cards', id, fields }
}

export function prize(id: string, cardId: string, awardedPoints: number): Op {
  return {
    op: 'insert',
    collection: 'prizes',
    id,
    values: { cardId, awardedPoints, kind: 'badge', wonOn: '2026-01-31' },
  }
}
