import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { applyUpdate, Doc, encodeStateVector } from 'yjs'
import { fromBase64, toBase64 } from '../../../src/core/text/base64.ts'
import type { TextAnswer } from '../../../src/protocol/down/text.ts'
import { sql } from '../support/database.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { objectOf } from '../support/tenant-world.ts'

const PLACE = { collection: 'boardSettings', record: 'b1', column: 'welcome' }

async function withBoard(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.subscribe('boardSettings')
  const values = { name: 'Board', welcome: 'begun' }
  await ada.push(ada.edit({ op: 'insert', collection: 'boardSettings', id: 'b1', values }))
  return { tenant, ada }
}

async function ask(peer: Peer, more: object = {}): Promise<TextAnswer> {
  peer.send(['read-text', { id: 1, ...PLACE, ...more }])
  return (await peer.next('text'))[2]
}

/** What was told of a manuscript, as a document of Yjs. */
async function read(peer: Peer) {
  const answer = await ask(peer)
  if ('error' in answer) throw new Error(answer.error.message)
  const doc = new Doc()
  applyUpdate(doc, fromBase64(answer.manuscript.update) ?? new Uint8Array())
  doc.clientID = 7
  return { doc, lineage: answer.manuscript.lineage }
}

function textEdit(doc: Doc, lineage: string, inserted: string) {
  const updates: Uint8Array[] = []
  const note = (update: Uint8Array) => updates.push(update)
  const at = doc.getText('t').length
  doc.on('update', note)
  doc.getText('t').insert(at, inserted)
  doc.off('update', note)
  const update = toBase64(updates[0] ?? new Uint8Array())
  const text = {
    patches: [[at, '', inserted, '']] as [number, string, string, string][],
    made: { lineage, update },
  }
  return {
    op: 'update' as const,
    collection: PLACE.collection,
    id: PLACE.record,
    fields: { welcome: { text } },
  }
}

const rowsOf = (tenant: string) =>
  runInDurableObject(objectOf(tenant), (_, { storage }) =>
    storage.sql.exec<{ place: number }>('SELECT place FROM manuscript ORDER BY place').toArray(),
  )

describe('the manuscript of a text', () => {
  it('TXT-15 is told to who may see it, and what is no such text is refused by name', async () => {
    const { ada } = await withBoard('told')
    expect((await read(ada)).doc.getText('t').toString()).toBe('begun')
    const codeOf = async (peer: Peer, more: object) => {
      const answer = await ask(peer, more)
      return 'error' in answer ? answer.error : answer
    }
    expect(await codeOf(ada, { record: 'b2' })).toMatchObject({ code: 'not-found' })
    expect(await codeOf(ada, { column: 'name' })).toMatchObject({ code: 'bad-operation', ref: 'name' })
    expect(await codeOf(ada, { column: 'nothing' })).toMatchObject({ code: 'unknown-column', ref: 'nothing' })
    expect(await codeOf(ada, { collection: 'nowhere' })).toMatchObject({ code: 'unknown-collection' })
    const { doc, lineage } = await read(ada)
    const vector = toBase64(encodeStateVector(doc))
    expect(await codeOf(ada, { have: { lineage, vector } })).toMatchObject({ manuscript: { lineage } })
    expect(await codeOf(ada, { have: { lineage, vector: '!' } })).toMatchObject({ code: 'bad-value' })
    expect(await codeOf(ada, { have: { lineage: 'another', vector } })).toMatchObject({
      manuscript: { whole: true },
    })
  })

  it('TXT-16 outlives the object’s sleep, and an edit that it has is nothing new', async () => {
    const { tenant, ada } = await withBoard('sleep')
    const { doc, lineage } = await read(ada)
    await ada.push(ada.edit(textEdit(doc, lineage, ' one')))
    const before = await read(ada)
    await evictDurableObject(objectOf(tenant), { webSockets: 'hibernate' })
    const after = await read(ada)
    expect(after.lineage).toBe(lineage)
    expect(encodeStateVector(after.doc)).toEqual(encodeStateVector(before.doc))
    await ada.push(ada.edit(textEdit(doc, lineage, ' two')))
    expect((await read(ada)).doc.getText('t').toString()).toBe('begun one two')
    expect((await rowsOf(tenant)).map(({ place }) => place)).toEqual([-1, 0, 1, 2])
    await ada.committed(3)
    expect(await sql('SELECT welcome FROM board_settings WHERE tenant_id = $1', tenant)).toEqual([
      { welcome: 'begun one two' },
    ])
  })

  it('TXT-16 ends with its record', async () => {
    const { tenant, ada } = await withBoard('ends')
    const { doc, lineage } = await read(ada)
    await ada.push(ada.edit(textEdit(doc, lineage, ' one')))
    expect((await rowsOf(tenant)).length).toBeGreaterThan(0)
    await ada.push(ada.edit({ op: 'delete', collection: PLACE.collection, id: PLACE.record }))
    expect(await rowsOf(tenant)).toEqual([])
    expect(await ask(ada)).toMatchObject({ error: { code: 'not-found' } })
  })

  it('TXT-11 a damaged update is refused with a sentence, and changes nothing for anybody', async () => {
    const { ada } = await withBoard('damaged')
    const { doc, lineage } = await read(ada)
    const edit = textEdit(doc, lineage, ' damaged')
    const { text } = edit.fields.welcome
    const damaged = { ...text, made: { lineage, update: `${text.made.update.slice(0, -4)}!!!!` } }
    const [verdict] = await ada.push(ada.edit({ ...edit, fields: { welcome: { text: damaged } } }))
    expect(verdict).toMatchObject({ is: 'rejected', error: { code: 'bad-value', ref: 'welcome' } })
    expect((await read(ada)).doc.getText('t').toString()).toBe('begun')
    const [next] = await ada.push(ada.edit(textEdit((await read(ada)).doc, lineage, ' on')))
    expect(next).toMatchObject({ is: 'accepted' })
  })
})
