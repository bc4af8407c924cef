import type { Neighbours } from '../../src/tabs/neighbours.ts'
import { equal } from '../disk/disk-contract.ts'

/** Two pages of one browser. In a real one both are in one page, which is told apart from itself by nobody. */
export type TriedNeighbours = { readonly one: Neighbours; readonly other: Neighbours; readonly name: string }

/** A rule of the port, tried without any framework, so that a page of a browser can try it, too. */
export type NeighbourCase = {
  readonly title: string
  readonly run: (tried: TriedNeighbours) => Promise<void>
}

/** Long enough for whatever is under way in one browser to arrive. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve, 20))

export const CONTRACT: readonly NeighbourCase[] = [
  {
    title: 'a lock is held once, and is next whose turn it is',
    run: async ({ one, other, name }) => {
      const first = await one.lock(name, 'try').held
      equal(await other.lock(name, 'try').held, undefined)
      let isHeld = false
      const waiting = other.lock(name, 'wait')
      void waiting.held.then(() => {
        isHeld = true
      })
      await turn()
      equal(isHeld, false)
      first?.()
      const second = await waiting.held
      equal(typeof second, 'function')
      second?.()
      const third = await one.lock(name, 'wait').held
      equal(typeof third, 'function')
      third?.()
    },
  },
  {
    title: 'what is waited for no more is not held later',
    run: async ({ one, other, name }) => {
      const first = await one.lock(name, 'try').held
      const waiting = other.lock(name, 'wait')
      waiting.cancel()
      equal(await waiting.held, undefined)
      first?.()
      await turn()
      const again = await one.lock(name, 'try').held
      equal(typeof again, 'function')
      again?.()
    },
  },
  {
    title: 'a stolen lock is lost, and whoever gives one away loses nothing',
    run: async ({ one, other, name }) => {
      let lost = 0
      await one.lock(name, 'try', () => lost++).held
      const stolen = await other.lock(name, 'steal').held
      await turn()
      equal(lost, 1)
      stolen?.()
      const given = await one.lock(name, 'wait', () => lost++).held
      given?.()
      await turn()
      equal(lost, 1)
    },
  },
  {
    title: 'what is posted the others hear in its order, as a copy, until they close',
    run: async ({ one, other, name }) => {
      const heard: unknown[] = []
      const own: unknown[] = []
      const posting = one.channel(name, (message) => own.push(message))
      const hearing = other.channel(name, (message) => heard.push(message))
      const elsewhere = other.channel(`${name} elsewhere`, (message) => own.push(message))
      for (const n of [1, 2, 3]) posting.post({ n })
      await turn()
      equal(heard, [{ n: 1 }, { n: 2 }, { n: 3 }])
      equal(own, [])
      hearing.close()
      posting.post({ n: 4 })
      await turn()
      equal(heard.length, 3)
      posting.close()
      elsewhere.close()
    },
  },
]
