import { describe, expect, it } from 'vitest'
import { browserNeighbours } from '../../src/tabs/browser-neighbours.ts'
import { FakeBrowser } from '../support/fake-neighbours.ts'
import { CONTRACT } from './neighbours-contract.ts'

describe('the pages of a fake browser', () => {
  it.each(CONTRACT)('CTR-70 $title', async ({ run }) => {
    const browser = new FakeBrowser()
    await run({ one: browser.page(), other: browser.page(), name: 'a' })
  })
})

describe('this process, which has what browsers have', () => {
  it.each(CONTRACT)('CTR-70 $title', async ({ title, run }) => {
    const [one, other] = [browserNeighbours(), browserNeighbours()]
    if (!one || !other) throw new Error('Node has locks and channels')
    await run({ one, other, name: title })
  })
})

it('TAB-9 without locks or channels there are no neighbours', () => {
  const { BroadcastChannel } = globalThis
  Reflect.deleteProperty(globalThis, 'BroadcastChannel')
  try {
    expect(browserNeighbours()).toBeUndefined()
  } finally {
    globalThis.BroadcastChannel = BroadcastChannel
  }
})
