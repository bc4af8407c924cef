import { describe, expect, it } from 'vitest'
import { deletedOf, findDeleted } from '../src/deleted/deleted.ts'
import type { Notification } from '../src/notifications/notification-words.ts'

const told = (record: string, number: string, day: number, by = 'ben'): Notification => ({
  id: `n-${record}-${day}`,
  ids: [`n-${record}-${day}`],
  count: 1,
  group: null,
  at: `2026-01-0${day}T12:00:00.000Z`,
  by: [by],
  collection: 'invoices',
  record,
  state: 'read',
  kind: 'invoice-deleted',
  data: { number },
})

const other: Notification = {
  ...told('i9', 'N-9', 9),
  kind: 'invoice-status',
  data: { number: 'N-9', from: 'draft', to: 'sent' },
}

describe('the invoices that were deleted', () => {
  it('WEB-40 are those of which the person was told and that are not there, each once, the last one first', () => {
    const items = [
      told('i1', 'N-1', 1),
      told('i2', 'N-2', 2),
      told('i1', 'N-1', 3, 'cleo'),
      told('i3', 'N-3', 4),
      other,
    ]
    expect(deletedOf(items, [{ id: 'i3' }])).toEqual([
      { id: 'i1', number: 'N-1', by: ['cleo'], at: '2026-01-03T12:00:00.000Z' },
      { id: 'i2', number: 'N-2', by: ['ben'], at: '2026-01-02T12:00:00.000Z' },
    ])
  })

  it('WEB-40 are found by every word of their number', () => {
    const deleted = deletedOf([told('i1', 'N-1', 1), told('i2', 'N-2', 2)], [])
    expect(findDeleted(deleted, ' n- 2').map(({ id }) => id)).toEqual(['i2'])
    expect(findDeleted(deleted, '')).toBe(deleted)
  })
})
