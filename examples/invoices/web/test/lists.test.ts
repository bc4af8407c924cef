import { expect, test } from 'vitest'
import { snapshotNote } from '../src/lists/snapshot-note.ts'
import { currencyOptions } from '../src/profile/currencies.ts'

test('WEB-36 a list says that it loads and how far it is, that it is empty, or why it failed', () => {
  const rows: string[] = []
  const progress = { stage: 'receiving', done: 3, total: 60 } as const
  expect(snapshotNote({ status: 'loading', rows }, 'contacts')).toBe('Loading contacts…')
  expect(snapshotNote({ status: 'loading', rows, progress }, 'contacts')).toBe('Receiving 3 of 60 contacts…')
  expect(snapshotNote({ status: 'ready', rows }, 'contacts')).toBe('No contacts yet.')
  expect(snapshotNote({ status: 'ready', rows: ['a'] }, 'contacts')).toBeUndefined()
  expect(snapshotNote({ status: 'error', rows, error: { message: 'No.' } }, 'contacts')).toBe('No.')
})

test('WEB-35 currencies are offered by code and name, and one in use that nobody knows is among them', () => {
  const known = currencyOptions('EUR')
  expect(known.find(([code]) => code === 'EUR')).toEqual(['EUR', 'EUR Euro'])
  expect(known.filter(([code]) => code === 'EUR')).toHaveLength(1)
  for (const strange of ['pounds', '', 'ZZQ']) {
    expect(currencyOptions(strange)[0]).toEqual([strange, strange])
  }
})
