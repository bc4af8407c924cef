import { expect, test } from 'vitest'
import { type Draft, reduceDraft, shorten, toSave, viewDraft } from '../src/fields/draft.ts'

const type = (draft: Draft | undefined, text: string, current: string) =>
  reduceDraft(draft, { type: 'typed', text, current })

test('WEB-7 a field follows the data while nobody types into it', () => {
  expect(viewDraft(undefined, 'from elsewhere')).toEqual({ text: 'from elsewhere', elsewhere: undefined })
})

test('WEB-7 a change elsewhere does not touch what is being typed, and is shown beside it', () => {
  const draft = type(type(undefined, 'call', 'old'), 'call them', 'changed by Ben')
  expect(viewDraft(draft, 'changed by Ben')).toEqual({ text: 'call them', elsewhere: 'changed by Ben' })
})

test('WEB-7 there is no hint when both came to the same text, or when the change was taken back', () => {
  const draft = type(undefined, 'same', 'old')
  expect(viewDraft(draft, 'same').elsewhere).toBeUndefined()
  expect(viewDraft(draft, 'old').elsewhere).toBeUndefined()
})

test('WEB-8 what was typed is saved over a change elsewhere', () => {
  expect(toSave(type(undefined, 'mine', 'old'), 'theirs')).toBe('mine')
})

test('WEB-8 a draft that went back to where it began leaves a change elsewhere alone', () => {
  expect(toSave(type(type(undefined, 'x', 'old'), 'old', 'theirs'), 'theirs')).toBeUndefined()
})

test('WEB-8 nothing is saved when nothing was typed or the text is already there', () => {
  expect(toSave(undefined, 'old')).toBeUndefined()
  expect(toSave(type(undefined, 'same', 'old'), 'same')).toBeUndefined()
})

test('WEB-8 when the typing ends the field follows the data again', () => {
  const draft = reduceDraft(type(undefined, 'mine', 'old'), { type: 'ended' })
  expect(viewDraft(draft, 'theirs').text).toBe('theirs')
})

test('WEB-7 a text in a hint is short, and one that says nothing is called so', () => {
  expect([shorten('call them'), shorten(''), shorten(' \n')]).toEqual(['call them', 'nothing', 'nothing'])
  expect(shorten('x'.repeat(81))).toBe(`${'x'.repeat(79)}…`)
})
