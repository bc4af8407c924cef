import { expect, test } from 'vitest'
import { app } from '../../sync.ts'
import { isOpen, legalMoves, STATUSES } from '../src/invoices/status.ts'

const policy = app.manifest.collections
  .find(({ name }) => name === 'invoices')
  ?.columns.find(({ name }) => name === 'status')?.policy

test('WEB-1 the page offers exactly the moves that the application allows', () => {
  if (policy?.kind !== 'states') throw new Error('the status of an invoice is no longer a states field')
  const offered = Object.fromEntries(STATUSES.map((status) => [status, legalMoves(status)]))
  const allowed = Object.fromEntries(STATUSES.map((status) => [status, policy.transitions[status] ?? []]))
  expect(offered).toEqual(allowed)
})

test('WEB-1 an invoice is open while money is expected', () => {
  expect(STATUSES.filter(isOpen)).toEqual(['sent', 'part_paid'])
})
