import { exports } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { NOTIFICATION_STATES, NOTIFICATIONS } from '../../../src/core/app/built-in.ts'
import { sql } from '../support/database.ts'
import { Follower, state } from '../support/inbox.ts'
import { withCard } from '../support/notified.ts'
import { Peer, sign } from '../support/peer.ts'
import { prize } from '../support/samples.ts'
import { nudge } from '../support/tenant-world.ts'

describe('the rights to a notification', () => {
  it('NTF-10 are those to its record, live: it goes with them, and comes back', async () => {
    const { tenant, ada, viewer } = await withCard('rights')
    const vic = await Follower.open(viewer)
    await ada.push(ada.edit(prize('p1', 'c1', 100)))
    const [told] = await vic.until('card-finished')
    await ada.committed(2)
    const status = (to: string) => sql('UPDATE cards SET status = $2 WHERE tenant_id = $1', tenant, to)
    await status('draft')
    await nudge(tenant)
    await vic.until()
    const late = await Follower.open({ ...viewer, sub: 'val' })
    expect(late.kinds).toEqual([])
    expect(JSON.stringify(late.peer.texts)).not.toContain(String(told?.['id']))
    await status('finished')
    await nudge(tenant)
    expect(await vic.until('card-finished')).toEqual([told])
    await late.until('card-finished')
  })

  it('NTF-10 bring it back to whoever resumes, and take it from whoever was away', async () => {
    const { tenant, ada, viewer } = await withCard('resumed')
    const vic = await Follower.open(viewer)
    await ada.push(ada.edit(prize('p1', 'c1', 100)))
    const [told] = await vic.until('card-finished')
    await ada.committed(2)
    const { peer } = vic
    const resume = {
      epoch: peer.epoch,
      seq: peer.frames.length > 0 ? 2 : 0,
      resumeToken: peer.resumeTokenOf(7),
    }
    peer.close()
    await sql("UPDATE cards SET status = 'draft' WHERE tenant_id = $1", tenant)
    await nudge(tenant)
    await ada.find(
      'the draft',
      (frame): frame is Extract<typeof frame, readonly ['rows', ...unknown[]]> =>
        frame[0] === 'rows' && JSON.stringify(frame).includes('draft'),
    )
    const back = await Peer.open(viewer, peer.client)
    await back.hello()
    back.send(['subscribe', { id: 7, query: { collection: NOTIFICATIONS }, resume }])
    const rows = await back.next('rows')
    expect(rows[3].flatMap(([, , , leaves]) => leaves)).toEqual([told?.['id']])
  })

  it('NTF-5 are those of the claims at the time of reading', async () => {
    const { tenant, ada, editor } = await withCard('claims')
    const ben = await Follower.open(editor)
    await ada.push(ada.edit(prize('p1', 'c1', 10)))
    await ben.until('prize')
    const { peer } = ben
    peer.send(['auth', await sign({ ...editor, role: 'viewer' })])
    expect(await peer.snapshot()).toEqual([])
    peer.send(['auth', await sign({ sub: 'ben', tenant, role: 'editor' })])
    expect(await peer.snapshot()).toHaveLength(1)
  })

  it('NTF-12 to nothing are none: no query, no count and no mark tells that it is there', async () => {
    const { ada, editor, viewer } = await withCard('nothing')
    const ben = await Follower.open(editor)
    await ada.push(ada.edit(prize('p1', 'c1', 10)))
    const [told] = await ben.until('prize')
    const vic = await Follower.open(viewer)
    const page = vic.peer.frames.findLast((frame) => frame[0] === 'page')
    expect(page?.[0] === 'page' && page[1].total).toBe(0)
    const [verdict] = await vic.peer.push(vic.peer.edit(state(viewer, String(told?.['id']), 1)))
    expect(verdict).toMatchObject({ is: 'rejected', error: { message: 'There is no such notification.' } })
    const query = (where: unknown) =>
      `q=${encodeURIComponent(JSON.stringify({ collection: NOTIFICATIONS, where }))}`
    const read = async (where: unknown) => {
      const headers = { Authorization: `Bearer ${await sign(viewer)}` }
      const response = await exports.default.fetch(`https://tidemark.test/sync/query?${query(where)}`, {
        headers,
      })
      return response.text()
    }
    expect(await read(['=', 'kind', 'prize'])).not.toContain('N-c1')
    expect(await read(['prefix', 'audience1', '['])).toContain('unknown-column')
    expect(await read(['=', 'record.number', 'N-c1'])).toContain('bad-query')
  })

  it('NTF-17 to states are their own person’s, on every device', async () => {
    const { ada, editor } = await withCard('states')
    const ben = await Follower.open(editor)
    await ada.push(ada.edit(prize('p1', 'c1', 10)))
    const [told] = await ben.until('prize')
    const phone = await Follower.open(editor, NOTIFICATION_STATES)
    const cleo = await Follower.open({ ...editor, sub: 'cleo' }, NOTIFICATION_STATES)
    await ben.peer.push(ben.peer.edit(state(editor, String(told?.['id']), 2)))
    expect(await phone.untilHas('rank', 2)).toMatchObject({ notification: told?.['id'], subject: 'ben' })
    await ben.peer.committed(3)
    expect(cleo.rows.size).toBe(0)
    expect(JSON.stringify(cleo.peer.texts)).not.toContain('ben')
  })
})
