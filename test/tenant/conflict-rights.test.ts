import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { CONFLICTS } from '../../src/core/app/built-in.ts'
import { conflictRules } from '../../src/define/conflict-rules.ts'
import type { FieldOp } from '../../src/protocol/edit.ts'
import { app } from '../fixtures/board/sync.ts'
import { sql } from './support/database.ts'
import { Follower } from './support/inbox.ts'
import { newTenant, Peer, type Person, sign } from './support/peer.ts'
import { assignee, card, change } from './support/samples.ts'
import { nudge, signNudge } from './support/tenant-world.ts'

const DUE: readonly FieldOp[] = [{ set: '2026-01-01' }, { set: '2026-02-02' }]
const NOTES: readonly FieldOp[] = [{ set: 'the secret of ben' }, { set: 'the secret of ada' }]

/** Ada and Ben, and an open card of which each writes the same field unseen: first Ben, who loses, then Ada. */
async function withConflict(name: string, field = 'dueOn', [ben, ada] = DUE) {
  const tenant = newTenant(name)
  const person = (sub: string, role: NonNullable<Person['role']>) => ({ sub, tenant, role })
  const owner = await Peer.join(person('ada', 'owner'))
  await owner.push(owner.edit(assignee(), card('c1', { status: 'open' })))
  await owner.committed(1)
  const writer = await Peer.join(person('ben', 'editor'))
  if (!ben || !ada) throw new Error('each writes something')
  await writer.push(writer.edit(change('c1', { [field]: ben })))
  await owner.push({
    ...owner.edit(change('c1', { [field]: ada })),
    context: { epoch: owner.epoch, seq: 1 },
  })
  await owner.committed(3)
  return { tenant, person, ada: owner, ben: person('ben', 'viewer'), fields: changeIn(tenant) }
}

const changeIn = (tenant: string) => async (values: string) => {
  await sql(`UPDATE cards SET ${values} WHERE tenant_id = $1`, tenant)
  await nudge(tenant)
}

const fieldsOf = (follower: Follower) => follower.current().map((row) => row['field'])

const conflictsOf = (person: Person) => Follower.open(person, CONFLICTS)

const holds = (follower: Follower, count: number) =>
  follower.peer.until(`${count} conflicts`, () => follower.current().length === count)

async function read(person: Person, where?: unknown): Promise<string> {
  const query = encodeURIComponent(JSON.stringify({ collection: CONFLICTS, ...(where ? { where } : {}) }))
  const headers = { Authorization: `Bearer ${await sign(person)}` }
  return (await exports.default.fetch(`https://tidemark.test/sync/query?q=${query}`, { headers })).text()
}

describe('the rights to a conflict', () => {
  it('CNF-9 are those to its record, live: it goes with them, and comes back', async () => {
    const { ben, fields } = await withConflict('live')
    const phone = await conflictsOf(ben)
    expect(fieldsOf(phone)).toEqual(['dueOn'])
    await fields("status = 'draft'")
    await holds(phone, 0)
    const late = await conflictsOf(ben)
    expect(fieldsOf(late)).toEqual([])
    const page = late.peer.frames.findLast((frame) => frame[0] === 'page')
    expect(page?.[0] === 'page' && page[1].total).toBe(0)
    await fields("status = 'open'")
    await holds(phone, 1)
    await holds(late, 1)
  })

  it('CNF-9 take it from whoever was away, and bring it back to whoever resumes', async () => {
    const { ada, ben, fields } = await withConflict('resumed')
    const phone = await conflictsOf(ben)
    const [told] = phone.current()
    const resume = { epoch: phone.peer.epoch, seq: 3, resumeToken: phone.peer.resumeTokenOf(7) }
    phone.peer.close()
    await fields("status = 'draft'")
    await ada.find(
      'the draft',
      (frame): frame is Extract<typeof frame, readonly ['rows', ...unknown[]]> =>
        frame[0] === 'rows' && JSON.stringify(frame).includes('draft'),
    )
    const back = await Peer.open(ben, phone.peer.client)
    await back.hello()
    back.send(['subscribe', { id: 7, query: { collection: CONFLICTS }, resume }])
    const rows = await back.next('rows')
    expect(rows[3].flatMap(([, , , leaves]) => leaves)).toEqual([told?.['id']])
  })

  it('CNF-9 to a hidden field are none, in views, over HTTP and on the wire', async () => {
    const { ben, person } = await withConflict('hidden', 'notes', NOTES)
    const phone = await conflictsOf(ben)
    expect(fieldsOf(phone)).toEqual([])
    expect(JSON.stringify(phone.peer.texts)).not.toContain('secret')
    expect(await read(ben)).not.toContain('secret')
    expect(await read(person('ben', 'editor'))).toContain('secret')
  })

  it('CNF-9 end with the role, and begin with it, on an open socket', async () => {
    const { ben, person } = await withConflict('role', 'notes', NOTES)
    const { peer } = await conflictsOf(person('ben', 'editor'))
    peer.send(['auth', await sign(ben)])
    expect(await peer.snapshot()).toEqual([])
    peer.send(['auth', await sign(person('ben', 'editor'))])
    expect(await peer.snapshot()).toHaveLength(1)
  })

  it('CNF-9 are those to what a deleted record held at last, and to a new one under its id', async () => {
    const { ada, ben } = await withConflict('again')
    const phone = await conflictsOf(ben)
    await ada.push(ada.edit({ op: 'delete', collection: 'cards', id: 'c1' }))
    const late = await conflictsOf(ben)
    expect(fieldsOf(late)).toEqual(['dueOn'])
    const resume = { epoch: late.peer.epoch, seq: 4, resumeToken: late.peer.resumeTokenOf(7) }
    late.peer.close()
    // One that is hidden from him takes the place of the one he knew.
    await ada.push({ ...ada.edit(card('c1', { number: 'N-2' })), context: { epoch: ada.epoch, seq: 1 } })
    await holds(phone, 0)
    const back = await Peer.open(ben, late.peer.client)
    await back.hello()
    back.send(['subscribe', { id: 7, query: { collection: CONFLICTS }, resume }])
    const rows = await back.next('rows')
    expect(rows[3].flatMap(([, , , leaves]) => leaves)).toHaveLength(1)
    expect(fieldsOf(await conflictsOf(ben))).toEqual([])
    await ada.push(ada.edit(change('c1', { status: { set: 'open' } })))
    await holds(phone, 1)
  })

  it('CNF-10 are none for who is no side of it: no row, no count, no word, no tag; and it cannot be resolved', async () => {
    const { ada, person } = await withConflict('others', 'notes', NOTES)
    const cleo = person('cleo', 'editor')
    const other = await conflictsOf(cleo)
    other.peer.send(['watch', { patterns: ['*'] }])
    await other.peer.next('invalidate')
    const [conflict] = (await conflictsOf(person('ada', 'owner'))).current()
    const id = String(conflict?.['id'])
    const own = ada.edit({ op: 'update', collection: CONFLICTS, id, fields: { state: { set: 'resolved' } } })
    const [refused] = await other.peer.push({ ...own, n: 1 })
    expect(refused).toMatchObject({ is: 'rejected', error: { code: 'not-found' } })
    expect(await ada.push(own)).toMatchObject([{ is: 'accepted' }])
    await ada.push(ada.edit(change('c1', { reactions: { add: 1 } })))
    const [, told] = await other.peer.next('invalidate')
    expect(told.tags).toContain('cards_c1')
    expect(fieldsOf(other)).toEqual([])
    const page = other.peer.frames.findLast((frame) => frame[0] === 'page')
    expect(page?.[0] === 'page' && page[1].total).toBe(0)
    const texts = other.peer.texts.filter((text) => !text.includes('"receipt"'))
    expect(JSON.stringify(texts)).not.toContain(id)
    expect(JSON.stringify(texts)).not.toContain('secret')
    expect(await read(cleo)).not.toContain('secret')
    expect(await read(cleo, ['=', 'record.notes', 'the secret of ada'])).toContain('bad-query')
  })

  it('CNF-48 let whoever sees it dismiss it, also who may not write its record any more, and nothing else', async () => {
    const { ben } = await withConflict('dismissed')
    const phone = await conflictsOf(ben)
    const id = String(phone.current()[0]?.['id'])
    const dismiss = { state: { set: 'resolved' }, resolution: { set: 'dismissed' } }
    const written = change('c1', { dueOn: { set: '2026-03-03' } })
    const op = { op: 'update' as const, collection: CONFLICTS, id, fields: dismiss }
    expect(await phone.peer.push(phone.peer.edit(written, op))).toMatchObject([
      { is: 'rejected', error: { code: 'write-refused' } },
    ])
    expect(phone.current()).toMatchObject([{ state: 'open' }])
    expect(await phone.peer.push(phone.peer.edit(op))).toMatchObject([{ is: 'accepted' }])
    await phone.peer.until('it is over', () => phone.current()[0]?.['state'] === 'resolved')
    expect(phone.current()).toMatchObject([{ resolution: 'dismissed', resolvedBy: 'ben' }])
  })

  it('CNF-11 of a reviewer are those to the conflicts of all, as far as the records are readable', async () => {
    const { tenant, person } = await withConflict('reviewed', 'notes', NOTES)
    const rules = app.rules.get(CONFLICTS)
    const usual = rules?.read
    if (!rules || !usual) throw new Error('conflicts have a rule')
    const own = {
      manifest: { hash: '', collections: app.manifest.collections.slice(0, 4) },
      rules: app.rules,
    }
    const reviewing = conflictRules(own, ({ sub }) => sub === 'rita').read
    if (!reviewing) throw new Error('conflicts have a rule')
    rules.read = reviewing
    expect(fieldsOf(await conflictsOf(person('rita', 'editor')))).toEqual(['notes'])
    expect(fieldsOf(await conflictsOf(person('rita', 'viewer')))).toEqual([])
    expect(fieldsOf(await conflictsOf(person('cleo', 'editor')))).toEqual([])
    rules.read = usual
    const headers = { Authorization: `Bearer ${await signNudge({ tenant }, 'tidemark:admin')}` }
    const exported = await exports.default.fetch('https://tidemark.test/sync/tenant/export', { headers })
    expect(await exported.text()).toContain(`{"collection":"${CONFLICTS}","row":`)
  })
})
