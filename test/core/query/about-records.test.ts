import { expect, it } from 'vitest'
import { ATTACHED } from '../../../src/core/app/attached.ts'
import { CONFLICTS } from '../../../src/core/app/built-in.ts'
import { withRecords } from '../../../src/core/query/about-records.ts'
import type { IntervalChanges } from '../../../src/core/query/changes.ts'

const conflict = { id: 'x', collection: 'cards', record: 'c1' }

/** What an interval did to the conflict about a card whose change this is; a rule asks for the card's status alone. */
function changeOfConflict(before: object | undefined, after: object | undefined) {
  const row = (values: object | undefined) => values && { id: 'c1', ...values }
  const change = { collection: 'cards', id: 'c1', before: row(before), after: row(after) }
  const changes: IntervalChanges = new Map([['cards', new Map([['c1', change]])]])
  return withRecords(changes, {
    lastRow: () => row(after),
    heldBefore: () => undefined,
    living: (collection) => (collection === CONFLICTS ? conflict : undefined),
    idsAbout: (about) => (about === CONFLICTS ? ['x'] : []),
    isAsked: (column) => column === 'status',
  })
    .get(CONFLICTS)
    ?.get('x')
}

it('CNF-9 a record of which nothing was known moves its conflicts when it is there', () => {
  const status = `${ATTACHED}status`
  const found = changeOfConflict(undefined, { status: 'draft' })
  expect([found?.before?.[status], found?.after?.[status]]).toEqual([undefined, 'draft'])
})

it('CNF-9 a record moves its conflicts where what a rule asks for has changed, and nowhere else', () => {
  expect(changeOfConflict({ status: 'open' }, { status: 'draft' })).toBeDefined()
  expect(changeOfConflict({ status: 'open', title: 'a' }, { status: 'open', title: 'b' })).toBeUndefined()
})
