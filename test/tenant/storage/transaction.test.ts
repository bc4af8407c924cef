import { runInDurableObject } from 'cloudflare:test'
import { expect, it } from 'vitest'
import type { Store } from '../../../src/tenant/storage/store.ts'
import type { Txn } from '../../../src/tenant/storage/txn.ts'
import { newTenant } from '../support/peer.ts'
import { objectOf } from '../support/tenant-world.ts'
import { fill, observe, WRITES, wake } from './filled-store.ts'

const withStore = (work: (store: Store) => void | Promise<void>) =>
  runInDurableObject(objectOf(newTenant('transaction')), (_, { storage }) => work(fill(storage)))

it('STO-1 outside a transaction nothing can be written', async () => {
  await withStore((store) => {
    const before = observe(store)
    const refused = 'Write in a transaction'
    const { asides, views, facts, corrections } = store
    // @ts-expect-error a store only reads
    expect(() => asides.drop('cards', 'a1')).toThrow(refused)
    // @ts-expect-error a store only reads
    expect(() => views.put(2, '[]')).toThrow(refused)
    // @ts-expect-error a store only reads
    expect(() => facts.put('active', 5)).toThrow(refused)
    // @ts-expect-error a store only reads
    expect(() => corrections.clear()).toThrow(refused)
    // @ts-expect-error a store only reads
    expect(store.write).toBeUndefined()
    expect(observe(store)).toEqual(before)
  })
})

it.each(Object.entries(WRITES))(
  'STO-1 nor with the argument of one that is over: %s',
  async (_name, write) => {
    await withStore((store) => {
      let kept: Txn | undefined
      store.transaction((txn) => {
        kept = txn
      })
      const before = observe(store)
      const late = () => kept && write(kept, store)
      expect(late).toThrow('over')
      // Nor in the next one, nor after one that failed.
      store.transaction(() => expect(late).toThrow('over'))
      const failing = () =>
        store.transaction((txn) => {
          kept = txn
          throw new Error('fails')
        })
      expect(failing).toThrow('fails')
      expect(late).toThrow('over')
      expect(observe(store)).toEqual(before)
    })
  },
)

it('STO-2 work that returns a promise does not compile, and throws, and keeps nothing', async () => {
  await withStore(async (store) => {
    const before = observe(store)
    const refused = 'does not wait'
    const waiting = async (txn: Txn) => {
      txn.putView(2, '[]')
      await Promise.resolve()
      txn.putView(3, '[]')
    }
    // @ts-expect-error an async function
    expect(() => store.transaction((txn) => waiting(txn))).toThrow(refused)
    // @ts-expect-error a promise now and then
    expect(() => store.transaction((txn) => (store.head > 0 ? waiting(txn) : 1))).toThrow(refused)
    // biome-ignore lint/suspicious/noThenProperty: what has one is what this is about
    const thenable = { then: (done: () => void) => done() }
    // @ts-expect-error whatever can be waited for
    expect(() => store.transaction(() => thenable)).toThrow(refused)
    // What the compiler lets through: a function that is said to return nothing, and what nobody knows the type of.
    const quiet: (txn: Txn) => void = waiting
    expect(() => store.transaction(quiet)).toThrow(refused)
    expect(() => store.transaction((txn) => JSON.parse('{}', () => waiting(txn)))).toThrow(refused)
    // biome-ignore lint/suspicious/noThenProperty: what has one is what this is about
    const callable = Object.assign(() => 1, { then: () => undefined })
    // @ts-expect-error whatever can be waited for
    expect(() => store.transaction(() => callable)).toThrow(refused)
    await new Promise((resolve) => setTimeout(resolve, 0))
    expect(observe(store)).toEqual(before)
  })
})

it('STO-2 work gives whatever else it gives', async () => {
  await withStore((store) => {
    const rows: string[] = store.transaction(() => ['a'])
    const found: number | undefined = store.transaction((txn) => txn.takeCarried(1)[0]?.seq)
    expect([rows, found, store.transaction(() => null)]).toEqual([['a'], 1, null])
    // biome-ignore lint/suspicious/noThenProperty: what has one is what this is about
    expect(store.transaction(() => ({ then: 'a word' }))).toEqual({ then: 'a word' })
  })
})

it('STO-3 a transaction in another is refused, and the other is as it was', async () => {
  await withStore((store) => {
    const inner = () => store.transaction((txn) => txn.putView(9, '[]'))
    store.transaction((txn) => {
      txn.putView(2, '[]')
      expect(inner).toThrow('open already')
      txn.putView(3, '[]')
    })
    expect([...store.views.all()].map(({ number }) => number)).toEqual([1, 2, 3])
    expect(() =>
      store.transaction((txn) => {
        txn.putView(4, '[]')
        inner()
      }),
    ).toThrow('open already')
    expect([...store.views.all()]).toHaveLength(3)
    inner()
    expect([...store.views.all()]).toHaveLength(4)
  })
})

it('STO-3 of one of whose statements failed nothing is kept, also where that was caught', async () => {
  await withStore((store) => {
    const before = observe(store)
    const caught = () =>
      store.transaction((txn) => {
        txn.putCursor('later')
        expect(() => txn.putView(1, 'taken')).toThrow('UNIQUE')
        txn.putView(2, '[]')
      })
    expect(caught).toThrow('UNIQUE')
    expect(observe(store)).toEqual(before)
    store.transaction((txn) => txn.putView(2, '[]'))
    expect([...store.views.all()]).toHaveLength(2)
  })
})

it('STO-6 a fact that is not stored is what it is then, and one that cannot be read is named', async () => {
  await runInDurableObject(objectOf(newTenant('facts')), (_, { storage }) => {
    const put = (key: string, value: string) =>
      storage.sql.exec('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)', key, value)
    const { facts } = wake(storage)
    expect([facts.get('floor'), facts.get('seal'), facts.get('column-loads')]).toEqual([0, undefined, []])
    put('of another version', 'anything')
    put('delayed', '{"of":"another version"}')
    put('comparison', '')
    put('floor', '4')
    const woken = wake(storage).facts
    expect([woken.get('delayed'), woken.get('comparison'), woken.get('floor')]).toEqual([undefined, null, 4])
    for (const unreadable of ['', 'four', 'Infinity']) {
      put('floor', unreadable)
      expect(() => wake(storage)).toThrow('the fact floor of this object cannot be read')
    }
  })
})
