import { expect, it } from 'vitest'
import { forget, remember, remembered } from '../src/session/remembered.ts'

function emptyNames() {
  const items = new Map<string, string>()
  return {
    items,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  }
}

const ada = { person: 'ada', name: 'Ada', role: 'owner', tenant: 'acme' } as const
const ben = { person: 'ben', name: 'Ben', role: 'clerk', tenant: 'acme' } as const

it('WEB-44 a browser remembers who signed in and not out, each as they were described last', () => {
  const names = emptyNames()
  expect(remembered(names)).toEqual([])
  remember(ada, names)
  remember(ben, names)
  remember({ ...ada, role: 'viewer' }, names)
  expect(remembered(names)).toEqual([ben, { ...ada, role: 'viewer' }])
  forget('ben', names)
  expect(remembered(names)).toEqual([{ ...ada, role: 'viewer' }])
})

it.each(['no JSON', '7', '{"person":"ada"}', 'null'])(
  'WEB-44 of what else is in its place nothing is taken: %s',
  (text) => {
    const names = emptyNames()
    names.items.set('tidemark.people', text)
    expect(remembered(names)).toEqual([])
    remember(ada, names)
    names.items.set('tidemark.people', `[${JSON.stringify(ada)}, {"person": "eve", "role": "root"}]`)
    expect(remembered(names)).toEqual([ada])
  },
)
