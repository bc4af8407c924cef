import { expect, it } from 'vitest'
import { createDraftBoard, typeInto } from '../src/drafts/draft-board.ts'

const proposed = { amount: '12.00', method: 'bank' }

it('WEB-20 what is typed back to what the form proposes is no draft', () => {
  const typed = typeInto({}, { amount: '5' }, proposed)
  expect(typed).toEqual({ amount: '5' })
  expect(typeInto(typed, { amount: '12.00' }, proposed)).toEqual({})
})

it('WEB-20 a field that was only emptied holds nothing that could be lost', () => {
  const board = createDraftBoard()
  board.keep('payment', { amount: '' })
  expect(board.count()).toBe(0)
  board.keep('payment', { amount: '', method: 'card' })
  expect(board.count()).toBe(1)
})

it('WEB-21 a form keeps what was typed until it is let go, and who shows it is told', () => {
  const board = createDraftBoard()
  let told = 0
  board.subscribe(() => {
    told += 1
  })
  board.keep('payment', { amount: '5' })
  expect(board.form('payment')).toBe(board.form('payment'))
  expect(board.form('payment')).toEqual({ amount: '5' })
  board.mark('notes', true)
  board.mark('notes', true)
  expect(board.count()).toBe(2)
  board.keep('payment', {})
  board.mark('notes', false)
  expect([board.count(), told]).toEqual([0, 4])
})
