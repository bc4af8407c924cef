import {
  type Batch,
  type Disk,
  DiskFault,
  type KeptEdit,
  type KeptView,
  type Store,
} from '../../src/disk/disk.ts'

/** A disk to try, and what is done to it from outside. */
export type TriedDisk = {
  readonly disk: Disk
  /** Deletes a person's store, as a browser does that clears what an origin has. */
  wipe(owner: string): Promise<void>
}

/** A rule of the port, tried without any framework, so that a page of a browser can try it, too. */
export type ContractCase = { readonly title: string; readonly run: (tried: TriedDisk) => Promise<void> }

const CLIENT = { clientId: 'client-a1', epoch: 'e1', cursor: 5, last: 0, acknowledged: 0 } as const

const edit = (n: number): KeptEdit => ({
  edit: {
    n,
    context: { epoch: 'e1', seq: 5 },
    ops: [{ op: 'delete', collection: 'notes', id: `note-${n}` }],
  },
  places: [],
})

const view = (id: number): KeptView => ({
  id,
  key: `query ${id}`,
  base: { epoch: 'e1', seq: 5 },
  columns: ['id', 'title'],
  resumeToken: 'token',
  until: 7,
})

const adding = (...edits: KeptEdit[]): Batch => ({
  durability: 'strict',
  client: { ...CLIENT, last: Math.max(...edits.map((one) => one.edit.n)) },
  edits: { drop: [], add: edits, put: [] },
})

const open = ({ disk }: TriedDisk, owner = 'ann') => disk.open(owner, () => {})

/** A store with two edits, and closed. */
async function filled(tried: TriedDisk, owner?: string): Promise<void> {
  const store = await open(tried, owner)
  await store.write({ ...adding(edit(1), edit(2)), anew: true })
  store.close()
}

const numbers = async (store: Store) => (await store.load())?.edits.map(({ edit: { n } }) => n)

export const CONTRACT: readonly ContractCase[] = [
  {
    title: 'a new store is empty, and what was written is there for whoever opens it next',
    run: async (tried) => {
      const store = await open(tried)
      equal(await store.load(), undefined)
      const error = { code: 'exists', message: 'is there', retryable: false } as const
      await store.write({
        ...adding(edit(1)),
        anew: true,
        manifest: { hash: 'h', collections: [] },
        refused: { drop: [], put: [{ id: 'r', edit: edit(9).edit, error, at: 3 }] },
        views: { drop: [], put: [view(1), view(2)] },
        rows: [
          {
            view: 1,
            put: [
              { id: 'b', title: 'B' },
              { id: 'a', title: 'A' },
            ],
            drop: [],
          },
          { view: 2, put: [{ id: 'a', title: 'A' }], drop: [] },
        ],
      })
      store.close()
      const again = await open(tried)
      equal(await again.load(), {
        client: { ...CLIENT, last: 1 },
        manifest: { hash: 'h', collections: [] },
        edits: [edit(1)],
        refused: [{ id: 'r', edit: edit(9).edit, error, at: 3 }],
        views: [
          {
            ...view(1),
            rows: [
              { id: 'a', title: 'A' },
              { id: 'b', title: 'B' },
            ],
          },
          { ...view(2), rows: [{ id: 'a', title: 'A' }] },
        ],
      })
      again.close()
    },
  },
  {
    title: 'edits are changed and deleted by their n, and come in its order',
    run: async (tried) => {
      await filled(tried)
      const store = await open(tried)
      equal(await numbers(store), [1, 2])
      await store.write(adding(edit(10), edit(11)))
      const accepted: KeptEdit = { ...edit(10), accepted: 6, places: [['e1', 6]] }
      await store.write({
        durability: 'relaxed',
        client: { ...CLIENT, last: 11, acknowledged: 10 },
        edits: { drop: [1, 2], add: [], put: [accepted] },
      })
      const kept = await store.load()
      equal(kept?.edits, [accepted, edit(11)])
      equal(kept?.client, { ...CLIENT, last: 11, acknowledged: 10 })
      store.close()
    },
  },
  {
    title: 'an n that is there is taken, and the batch leaves no trace',
    run: async (tried) => {
      await filled(tried)
      const store = await open(tried)
      await store.load()
      equal(
        await faultOf(store.write({ ...adding(edit(3), edit(2)), views: { drop: [], put: [view(1)] } })),
        'taken',
      )
      equal(await numbers(store), [1, 2])
      equal((await store.load())?.views, [])
      equal((await store.load())?.client.last, 2)
      store.close()
    },
  },
  {
    title:
      'of two pages with the same number one is told that it is taken, and finds what the other has stored',
    run: async (tried) => {
      await filled(tried)
      const [one, other] = [await open(tried), await open(tried)]
      await one.load()
      await other.loadEdits()
      const numbered = (n: number, after: number): Batch => ({
        durability: 'strict',
        edits: { drop: [], add: [edit(n)], put: [], numbers: { after, last: n } },
      })
      await one.write(numbered(3, 2))
      equal(await faultOf(other.write(numbered(3, 2))), 'taken')
      const kept = await other.loadEdits()
      equal([kept?.client, kept?.edits.map((stored) => stored.edit.n)], [{ ...CLIENT, last: 3 }, [1, 2, 3]])
      // It has ended and is gone, and its number is taken all the same.
      await one.write({ durability: 'relaxed', edits: { drop: [3], add: [], put: [] } })
      equal(await faultOf(other.write(numbered(3, 2))), 'taken')
      await other.write(numbered(4, 3))
      // Whoever writes the client does not take a number back.
      await one.write({ durability: 'relaxed', client: { ...CLIENT, last: 3, cursor: 8 } })
      equal((await other.loadEdits())?.client, { ...CLIENT, last: 4, cursor: 8 })
      one.close()
      other.close()
    },
  },
  {
    title: 'rows are put, dropped and replaced by view, and go with it',
    run: async (tried) => {
      await filled(tried)
      const store = await open(tried)
      await store.load()
      const put = (ids: string[], of = 1, more: object = {}) => ({
        view: of,
        put: ids.map((id) => ({ id })),
        drop: [],
        ...more,
      })
      const write = (batch: Partial<Batch>) => store.write({ durability: 'relaxed', ...batch })
      await write({
        views: { drop: [], put: [view(1), view(2)] },
        rows: [put(['a', 'b', 'c']), put(['x', 'y'], 2)],
      })
      await write({ rows: [put(['d'], 1, { drop: ['b'] })] })
      const rows = async () => (await store.load())?.views.map((one) => one.rows.map(({ id }) => id))
      equal(await rows(), [
        ['a', 'c', 'd'],
        ['x', 'y'],
      ])
      await write({ rows: [put(['e'], 1, { anew: true })] })
      equal(await rows(), [['e'], ['x', 'y']])
      await write({ views: { drop: [2], put: [] } })
      equal(await rows(), [['e']])
      store.close()
    },
  },
  {
    title: 'what begins anew has nothing of before',
    run: async (tried) => {
      await filled(tried)
      const store = await open(tried)
      await store.load()
      await store.write({ ...adding(edit(7)), anew: true })
      equal(await numbers(store), [7])
      store.close()
    },
  },
  {
    title: 'what is one person’s is in nobody else’s store',
    run: async (tried) => {
      await filled(tried, 'ann')
      const other = await open(tried, 'ben')
      equal(await other.load(), undefined)
      await other.write({ ...adding(edit(5)), anew: true })
      other.close()
      const store = await open(tried, 'ann')
      equal(await numbers(store), [1, 2])
      store.close()
      await tried.disk.remove('ann')
      const gone = await open(tried, 'ann')
      equal(await gone.load(), undefined)
      gone.close()
      const left = await open(tried, 'ben')
      equal(await numbers(left), [5])
      left.close()
    },
  },
  {
    title: 'a store that was deleted under its page is gone, and can be written anew',
    run: async (tried) => {
      await filled(tried)
      const store = await open(tried)
      await store.load()
      await tried.wipe('ann')
      equal(await faultOf(store.write(adding(edit(3)))), 'gone')
      await store.write({ ...adding(edit(1), edit(2), edit(3)), anew: true })
      equal(await numbers(store), [1, 2, 3])
      store.close()
    },
  },
  {
    title: 'a closed store takes nothing',
    run: async (tried) => {
      const store = await open(tried)
      await store.write({ ...adding(edit(1)), anew: true })
      store.close()
      equal(await faultOf(store.write(adding(edit(2)))), 'unavailable')
    },
  },
  {
    title: 'who used the disk last is remembered, until nobody is to be',
    run: async ({ disk }) => {
      await disk.remember(undefined)
      equal(await disk.latest(), undefined)
      await disk.remember('ann')
      await disk.remember('ben')
      equal(await disk.latest(), 'ben')
      await disk.remember(undefined)
      equal(await disk.latest(), undefined)
    },
  },
]

async function faultOf(writing: Promise<void>): Promise<string> {
  try {
    await writing
    return 'written'
  } catch (thrown) {
    return thrown instanceof DiskFault ? thrown.kind : String(thrown)
  }
}

/** Throws where two values say different things. */
export function equal(given: unknown, expected: unknown): void {
  const [is, should] = [given, expected].map((value) => JSON.stringify(sorted(value)))
  if (is !== should) throw new Error(`got ${is}, expected ${should}`)
}

/** With the keys of each object in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  )
}
