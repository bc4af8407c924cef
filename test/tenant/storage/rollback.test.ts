import { runInDurableObject } from 'cloudflare:test'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Storage } from '../../../src/platform/platform.ts'
import { AsideRecords } from '../../../src/tenant/storage/aside-records.ts'
import { Carried } from '../../../src/tenant/storage/carried.ts'
import { ClientStates } from '../../../src/tenant/storage/client-states.ts'
import { CommittedSeq } from '../../../src/tenant/storage/committed-seq.ts'
import { CorrectionRows } from '../../../src/tenant/storage/correction-rows.ts'
import { HydrationMarks } from '../../../src/tenant/storage/hydration-marks.ts'
import { LogRows } from '../../../src/tenant/storage/log-rows.ts'
import { Meta } from '../../../src/tenant/storage/meta.ts'
import { ProposalStore } from '../../../src/tenant/storage/proposal-store.ts'
import { Records } from '../../../src/tenant/storage/records.ts'
import { openTables } from '../../../src/tenant/storage/tables.ts'
import { newTenant } from '../support/peer.ts'
import { objectOf } from '../support/tenant-world.ts'
import { fill, KEYS, observe, WRITES, wake } from './filled-store.ts'

const inStorage = <Result>(work: (storage: Storage) => Result) =>
  runInDurableObject(objectOf(newTenant('rollback')), (_, { storage }) => work(storage))

afterEach(() => vi.restoreAllMocks())

/**
 * The first write after which, when it came to nothing, a store says something else of itself than before.
 *
 * @param neglect called when everything has been written and is about to come to nothing
 */
function difference(storage: Storage, neglect: () => void): string | undefined {
  const store = fill(storage)
  const before = JSON.stringify(observe(store))
  const found = Object.entries(WRITES).find(([name, write]) => {
    // Of an index nothing is held, and none is made while rows are read.
    if (name === 'declareIndexes') return false
    expect(() =>
      store.transaction((txn) => {
        write(txn, store)
        // Whatever can be held is held now.
        observe(store)
        neglect()
        throw new Error('fails')
      }),
    ).toThrow('fails')
    vi.restoreAllMocks()
    return JSON.stringify(observe(store)) !== before
  })
  return found?.[0]
}

describe('after a transaction that came to nothing', () => {
  it.each(Object.entries(WRITES))('STO-4 everything is as it was before: %s', async (name, write) => {
    await inStorage((storage) => {
      const store = fill(storage)
      const before = observe(store)
      expect(observe(wake(storage))).toEqual(before)
      let [meanwhile, changes] = [before, 0]
      const failing = () =>
        store.transaction((txn) => {
          write(txn, store)
          meanwhile = observe(store)
          changes = store.records.changes
          throw new Error('fails')
        })
      expect(failing).toThrow('fails')
      // An index changes how fast something is read, and nothing else.
      if (name !== 'declareIndexes') expect(meanwhile).not.toEqual(before)
      expect(store.records.changes).not.toBe(changes)
      expect(observe(store)).toEqual(before)
      expect(observe(wake(storage))).toEqual(before)
    })
  })

  it('STO-4 the committed seq is where it was, also ahead of the storage', async () => {
    await inStorage((storage) => {
      const store = fill(storage)
      store.transaction((txn) => txn.commit(2, 0))
      const stands = () => [store.committed, store.isCommittedStored]
      expect(stands()).toEqual([2, false])
      expect(() =>
        store.transaction((txn) => {
          txn.storeCommitted()
          txn.commit(3, 0)
          throw new Error('fails')
        }),
      ).toThrow('fails')
      expect(stands()).toEqual([2, false])
    })
  })

  it('STO-4 nothing is read to find back, because a storage that fails may go on failing', async () => {
    await inStorage((storage) => {
      let isBroken = false
      const store = fill({
        sql: {
          exec: (statement, ...values) => {
            if (isBroken) throw new Error('broken')
            return storage.sql.exec<never>(statement, ...values)
          },
        },
        transactionSync: (work) => storage.transactionSync(work),
        getAlarm: () => storage.getAlarm(),
        setAlarm: (at) => storage.setAlarm(at),
        deleteAlarm: () => storage.deleteAlarm(),
      })
      const stands = () => [store.head, store.committed, store.waiting, store.carried.any, store.hydrating]
      const before = stands()
      expect(() =>
        store.transaction((txn) => {
          WRITES.beginEpoch(txn, store)
          isBroken = true
          WRITES.write(txn, store)
        }),
      ).toThrow('broken')
      expect(stands()).toEqual(before)
    })
  })

  it.each([
    AsideRecords,
    Carried,
    CommittedSeq,
    CorrectionRows,
    HydrationMarks,
    LogRows,
    ClientStates,
    Meta,
    ProposalStore,
    Records,
  ])('STO-4 one owner that did not forget would be found: %o', async ({ prototype }) => {
    const forgetful = () => void vi.spyOn(prototype, 'forget').mockImplementation(() => undefined)
    expect(await inStorage((storage) => difference(storage, () => undefined))).toBeUndefined()
    expect(await inStorage((storage) => difference(storage, forgetful))).toBeDefined()
  })

  it('STO-4 whoever else holds something of it forgets it, and of one that is kept nothing', async () => {
    await inStorage((storage) => {
      const store = wake(storage)
      const forget = vi.fn()
      store.restores({ forget })
      store.transaction((txn) => txn.putFact('active', 1))
      expect(forget).not.toHaveBeenCalled()
      expect(() =>
        store.transaction(() => {
          throw new Error('fails')
        }),
      ).toThrow('fails')
      expect(forget).toHaveBeenCalledOnce()
    })
  })
})

it.each(Object.entries(WRITES))('STO-5 what is held is what is stored: %s', async (_name, write) => {
  await inStorage((storage) => {
    const store = fill(storage)
    store.transaction((txn) => {
      write(txn, store)
      observe(store)
    })
    expect(observe(store)).toEqual(observe(wake(storage)))
  })
})

it('STO-5 a wipe leaves nothing in any table but the tokens that are revoked, and the object is as new', async () => {
  await inStorage((storage) => {
    const asNew = observe(wake(storage))
    const tables = storage.sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf*'")
      .toArray()
      .flatMap(({ name }) => (name === 'schema_step' ? [] : name))
    const rows = () =>
      tables.filter((name) => storage.sql.exec(`SELECT 1 FROM "${name}" LIMIT 1`).toArray().length > 0)
    const store = fill(storage)
    expect(rows()).toEqual(tables)
    store.transaction((txn) => txn.wipe())
    expect(rows()).toEqual(['revoked'])
    store.transaction((txn) => txn.dropRevocations())
    expect(rows()).toEqual([])
    expect(observe(store)).toEqual(asNew)
    expect(openTables(storage, KEYS).log.head).toBe(0)
  })
})
