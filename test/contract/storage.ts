import { describe, expect, it } from 'vitest'
import type { SqlValue, Storage } from '../../src/platform/platform.ts'

/** Gives an object's storage to some work. */
export type WithStorage = (work: (storage: Storage) => void | Promise<void>) => Promise<void>

/** Far enough ahead that no alarm of this suite ever goes off. */
const LATER = 4_000_000_000_000

/**
 * What the object takes for granted of its storage. The platform's and the simulation's keep to it alike, so what
 * a simulated object does with its storage is what a real one does.
 */
export function storageContract(withStorage: WithStorage): void {
  const test = (title: string, work: (storage: Storage) => void | Promise<void>) =>
    it(title, () =>
      withStorage((storage) => {
        storage.sql.exec('CREATE TABLE item (k INTEGER PRIMARY KEY, v)')
        return work(storage)
      }),
    )
  const valuesIn = ({ sql }: Storage) =>
    sql
      .exec<{ v: SqlValue }>('SELECT v FROM item ORDER BY k')
      .toArray()
      .map(({ v }) => v)
  const put = ({ sql }: Storage, ...values: SqlValue[]) => {
    for (const value of values) sql.exec('INSERT INTO item (v) VALUES (?)', value)
  }
  const failing = (storage: Storage, work: () => void) => {
    const failure = new Error('fails')
    expect(() =>
      storage.transactionSync(() => {
        work()
        throw failure
      }),
    ).toThrow(failure)
  }

  describe('values', () => {
    test('STO-20 come back as they went in', (storage) => {
      const bytes = new Uint8Array([0, 1, 255]).buffer
      const values = ['', 'text', '\u{1F600}', 0, -1, 0.1, 2 ** 53 - 1, -(2 ** 53 - 1), 1e300, null]
      put(storage, ...values, Number.POSITIVE_INFINITY, bytes, new ArrayBuffer(0))
      const stored = valuesIn(storage)
      expect(stored.slice(0, values.length + 1)).toEqual([...values, Number.POSITIVE_INFINITY])
      const buffers = stored.slice(values.length + 1)
      expect(buffers.every((value) => value instanceof ArrayBuffer)).toBe(true)
      expect(buffers.map((value) => value instanceof ArrayBuffer && [...new Uint8Array(value)])).toEqual([
        [0, 1, 255],
        [],
      ])
    })

    test('STO-20 that SQLite does not have come back as the nearest it has', (storage) => {
      put(storage, Number.NaN)
      storage.sql.exec('INSERT INTO item (v) VALUES (9007199254740993), (9223372036854775807)')
      expect(valuesIn(storage)).toEqual([null, 2 ** 53, 2 ** 63])
    })

    test('STO-20 are bound as real numbers, which a column of whole ones takes as whole', ({ sql }) => {
      sql.exec('CREATE TABLE typed (whole INTEGER, words TEXT)')
      sql.exec('INSERT INTO typed (whole, words) VALUES (?, ?)', 1, 1)
      expect(
        sql.exec("SELECT typeof(whole) AS kind, words, json_object('n', ?) AS json FROM typed", 1).toArray(),
      ).toEqual([{ kind: 'integer', words: '1.0', json: '{"n":1.0}' }])
    })

    test('STO-20 are as many as the statement binds, and a hundred at the most', (storage) => {
      const { sql } = storage
      expect(sql.exec("SELECT ?2 || ?1 || ?2 AS v, '?' AS q -- ?", 'a', 'b').one()).toEqual({
        v: 'bab',
        q: '?',
      })
      const among = (count: number) =>
        sql.exec(`SELECT 1 IN (${Array(count).fill('?').join()}) AS v`, ...Array(count).fill(1))
      expect(among(100).one()).toEqual({ v: 1 })
      expect(() => among(101)).toThrow('too many SQL variables')
      const insert = 'INSERT INTO item (k, v) VALUES (?, ?)'
      for (const values of [[], [1], [1, 2, 3]]) expect(() => sql.exec(insert, ...values)).toThrow(/bindings/)
      expect(valuesIn(storage)).toEqual([])
    })
  })

  describe('a text of several statements', () => {
    test('STO-21 runs them in order and gives the rows of the last, which alone binds values', (storage) => {
      const { sql } = storage
      const text = "INSERT INTO item (v) VALUES ('a;b'); -- a comment; and more\nSELECT v, ? AS w FROM item"
      expect(sql.exec(text, 'c').toArray()).toEqual([{ v: 'a;b', w: 'c' }])
      expect(() => sql.exec('INSERT INTO item (v) VALUES (?); SELECT ?', 1, 2)).toThrow('only the last')
      expect(valuesIn(storage)).toEqual(['a;b'])
    })

    test('STO-21 that fails has run those before the one that did', (storage) => {
      expect(() => storage.sql.exec('INSERT INTO item (v) VALUES (1); NONSENSE')).toThrow('syntax error')
      expect(valuesIn(storage)).toEqual([1])
    })

    test('STO-21 is refused when there is none in it, or one that is the platform’s to make', (storage) => {
      for (const text of ['', ' ', '-- nothing']) expect(() => storage.sql.exec(text)).toThrow('statement')
      for (const text of [
        'BEGIN',
        'COMMIT',
        'ROLLBACK',
        'SAVEPOINT a',
        'RELEASE a',
        "ATTACH ':memory:' AS m",
      ])
        expect(() => storage.sql.exec(text)).toThrow()
      expect(() => storage.sql.exec(`SELECT 1 -- ${'x'.repeat(100_001)}`)).toThrow('too long')
    })
  })

  describe('rows', () => {
    const THREE = 'SELECT column1 AS v FROM (VALUES (1), (2), (3))'

    test('STO-22 come once, and whoever stops may go on', ({ sql }) => {
      const cursor = sql.exec<{ v: number }>(THREE)
      for (const { v } of cursor) {
        expect(v).toBe(1)
        break
      }
      expect(cursor.toArray()).toEqual([{ v: 2 }, { v: 3 }])
      expect(cursor.toArray()).toEqual([])
      const last = sql.exec<{ v: number }>(`${THREE} LIMIT 2`)
      last[Symbol.iterator]().next()
      expect(last.one()).toEqual({ v: 2 })
    })

    test('STO-22 are the only one, or `one` throws', ({ sql }) => {
      expect(sql.exec(`${THREE} WHERE v = 2`).one()).toEqual({ v: 2 })
      expect(() => sql.exec(`${THREE} WHERE v = 9`).one()).toThrow('no results')
      expect(() => sql.exec(THREE).one()).toThrow('multiple results')
    })

    test('STO-22 are read as far as they are asked for', (storage) => {
      const { sql } = storage
      put(storage, 1, 2, 3, 4)
      const read: SqlValue[] = []
      for (const { v } of sql.exec<{ v: number }>('SELECT v FROM item ORDER BY k')) {
        read.push(v)
        if (v === 1) sql.exec('DELETE FROM item WHERE v = 4')
      }
      expect(read).toEqual([1, 2, 3])
      // What cannot be read is no fault of those before.
      const cursor = sql.exec("SELECT json_extract(column1, '$') AS v FROM (VALUES ('1'), ('2'), ('{'))")
      expect(cursor[Symbol.iterator]().next().value).toEqual({ v: 1 })
      expect(() => cursor.toArray()).toThrow('malformed JSON')
    })

    test('STO-22 of one statement can be read twice at a time', (storage) => {
      const { sql } = storage
      put(storage, 1, 2)
      const read = (least: number) => sql.exec<{ v: number }>('SELECT v FROM item WHERE v >= ?', least)
      const pairs = [...read(1)].length
      const seen: number[][] = []
      for (const { v } of read(1)) for (const other of read(2)) seen.push([v, other.v])
      expect([pairs, seen]).toEqual([
        2,
        [
          [1, 2],
          [2, 2],
        ],
      ])
    })

    test('STO-22 of a statement that writes are those that it wrote, which it has before they are read', (storage) => {
      const written = storage.sql.exec("INSERT INTO item (v) VALUES ('a'), ('b') RETURNING v")
      expect(valuesIn(storage)).toEqual(['a', 'b'])
      expect(written.toArray()).toEqual([{ v: 'a' }, { v: 'b' }])
    })
  })

  describe('a statement that fails', () => {
    test('STO-23 has written nothing, and what was written before it stays', (storage) => {
      storage.transactionSync(() => {
        storage.sql.exec('INSERT INTO item (k, v) VALUES (1, 1)')
        expect(() => storage.sql.exec('INSERT INTO item (k, v) VALUES (2, 2), (1, 3)')).toThrow('UNIQUE')
        expect(() => storage.sql.exec('NONSENSE')).toThrow('syntax error')
        storage.sql.exec('INSERT INTO item (k, v) VALUES (4, 4)')
      })
      expect(valuesIn(storage)).toEqual([1, 4])
    })

    test('STO-23 may fail for what another table holds', ({ sql }) => {
      sql.exec('CREATE TABLE parent (k INTEGER PRIMARY KEY); CREATE TABLE child (p REFERENCES parent (k))')
      expect(() => sql.exec('INSERT INTO child (p) VALUES (5)')).toThrow('FOREIGN KEY')
    })
  })

  describe('a transaction', () => {
    test('STO-24 gives what its work gives, and keeps what it wrote', (storage) => {
      const done = storage.transactionSync(() => {
        put(storage, 1)
        return 'done'
      })
      expect(done).toBe('done')
      expect(valuesIn(storage)).toEqual([1])
    })

    test('STO-24 that throws keeps nothing, definitions neither, and throws the same', (storage) => {
      put(storage, 1)
      failing(storage, () => {
        put(storage, 2)
        storage.sql.exec('UPDATE item SET v = 3; CREATE TABLE other (k)')
        expect(valuesIn(storage)).toEqual([3, 3])
      })
      expect(valuesIn(storage)).toEqual([1])
      storage.sql.exec('CREATE TABLE other (k)')
    })

    test('STO-24 in another is undone by itself, or with the other', (storage) => {
      storage.transactionSync(() => {
        put(storage, 1)
        failing(storage, () => put(storage, 2))
        storage.transactionSync(() => put(storage, 3))
        put(storage, 4)
      })
      expect(valuesIn(storage)).toEqual([1, 3, 4])
      failing(storage, () => storage.transactionSync(() => put(storage, 5)))
      expect(valuesIn(storage)).toEqual([1, 3, 4])
    })

    test('STO-24 can be begun and ended while rows are read', (storage) => {
      put(storage, 1, 2)
      const cursor = storage.transactionSync(() => {
        put(storage, 3)
        return storage.sql.exec('SELECT v FROM item ORDER BY k')
      })
      storage.transactionSync(() => storage.sql.exec('UPDATE item SET v = v').toArray())
      expect(cursor.toArray()).toHaveLength(3)
    })

    test('STO-24 does not wait for a promise', async (storage) => {
      const promise = storage.transactionSync(() => Promise.resolve(put(storage, 1)))
      expect(promise).toBeInstanceOf(Promise)
      expect(valuesIn(storage)).toEqual([1])
      await promise
    })
  })

  describe('the alarm', () => {
    test('STO-25 is the one that was set last, and none once it is deleted', async (storage) => {
      expect(await storage.getAlarm()).toBeNull()
      await storage.setAlarm(LATER + 2)
      await storage.setAlarm(LATER + 1.5)
      expect(await storage.getAlarm()).toBe(LATER + 1)
      await storage.deleteAlarm()
      await storage.deleteAlarm()
      expect(await storage.getAlarm()).toBeNull()
      await expect(async () => storage.setAlarm(Number.NaN)).rejects.toThrow(TypeError)
    })

    test('STO-25 is part of a transaction', async (storage) => {
      await storage.setAlarm(LATER)
      failing(storage, () => void storage.setAlarm(LATER + 1))
      expect(await storage.getAlarm()).toBe(LATER)
      failing(storage, () => void storage.deleteAlarm())
      expect(await storage.getAlarm()).toBe(LATER)
      storage.transactionSync(() => {
        void storage.setAlarm(LATER + 2)
        failing(storage, () => void storage.setAlarm(LATER + 3))
      })
      expect(await storage.getAlarm()).toBe(LATER + 2)
      await storage.deleteAlarm()
    })
  })
}
