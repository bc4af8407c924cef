import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { openTables } from '../../../src/tenant/storage/tables.ts'
import { newTenant } from '../support/peer.ts'

it('SCH-5 with a set that is removed go the versions of its items, and no others', async () => {
  const object = env.TENANT.get(env.TENANT.idFromName(newTenant('items')))
  const versions = await runInDurableObject(object, (_, { storage }) => {
    const { database, records } = openTables(storage, new Map())
    const version = { actor: 'client-a1', n: 1, seq: 3 }
    const names = ['tags', 'tags/', 'tags/0/a"\'/b', 'tags/1/a', 'tagsOld', 'tagsOld/0/tags/', 'title']
    const record = {
      collection: 'cards',
      id: 'c1',
      row: { id: 'c1', tags: ['a'], tagsOld: [], title: 'Tide' },
      birth: version,
      versions: Object.fromEntries(names.map((name) => [name, version])),
    }
    database.transaction(() => {
      records.putAll([record, { ...record, id: 'c2', versions: {} }], 0)
      records.dropColumns('cards', ['tags'])
    })
    return ['c1', 'c2'].map((id) => {
      const held = records.get('cards', id)
      return [Object.keys(held?.versions ?? {}).toSorted(), held?.versions['title'], held?.row]
    })
  })
  const row = { tagsOld: [], title: 'Tide' }
  const version = { actor: 'client-a1', n: 1, seq: 3 }
  expect(versions).toEqual([
    [['tagsOld', 'tagsOld/0/tags/', 'title'], version, { id: 'c1', ...row }],
    [[], undefined, { id: 'c1', ...row }],
  ])
})
