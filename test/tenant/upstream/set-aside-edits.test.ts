import { describe, expect, it } from 'vitest'
import type { Down } from '../../../src/protocol/down/down.ts'
import { conflictsOf } from '../support/conflicts.ts'
import { sql } from '../support/database.ts'
import { Peer } from '../support/peer.ts'
import { card, change, prize } from '../support/samples.ts'
import { healthOf, isTold, leaves, mend, poison, TOO_LARGE, withCards } from '../support/set-aside.ts'
import { appliedOf, nudge } from '../support/tenant-world.ts'
import { wayToPostgres } from '../support/way-to-postgres.ts'

describe('edits of a record that is set aside', () => {
  it('ASD-4 cannot be edited: what means it is refused with the reason, and what comes after goes on', async () => {
    const { tenant, ada } = await withCards('refused')
    await poison(tenant)
    await nudge(tenant)
    await leaves(ada, 'c1')
    const verdicts = await ada.push(
      ada.edit(change('c1', { notes: { set: 'mine' } })),
      ada.edit({ op: 'delete', collection: 'cards', id: 'c1', blind: true }),
      ada.edit(card('c1')),
      ada.edit(prize('p1', 'c1', 100)),
      ada.edit(change('c2', { notes: { set: 'fine' } })),
    )
    const refused = {
      is: 'rejected',
      error: { code: 'set-aside', message: expect.stringContaining(TOO_LARGE) },
    }
    expect(verdicts).toMatchObject([refused, refused, refused, refused, { is: 'accepted' }])
    await ada.committed(3)
    const [row] = await sql(
      "SELECT target_points::text, notes FROM cards WHERE tenant_id = $1 AND id = 'c1'",
      tenant,
    )
    expect(row).toEqual({ target_points: '9007199254740993', notes: 'theirs' })
  })

  it('ASD-5 edits on their way are written, but for what Postgres has overwritten, which is kept', async () => {
    const { tenant, ada } = await withCards('on-its-way')
    await poison(tenant)
    await ada.push(
      ada.edit(change('c1', { notes: { set: 'mine' }, reactions: { add: 2 }, dueOn: { set: '2026-03-01' } })),
      ada.edit(change('c2', { notes: { set: 'other' } })),
    )
    await leaves(ada, 'c1')
    await ada.committed(3)
    await expect.poll(() => appliedOf(tenant)).toBe(4)
    expect(
      await sql(
        'SELECT target_points::text, notes, reactions, due_on::text FROM cards WHERE tenant_id = $1 ORDER BY id',
        tenant,
      ),
    ).toEqual([
      { target_points: '9007199254740993', notes: 'theirs', reactions: 3, due_on: '2026-03-01' },
      { target_points: '10000', notes: 'other', reactions: 0, due_on: null },
    ])
    expect(JSON.stringify(await conflictsOf(tenant))).toContain('mine')
    await mend(tenant)
    await nudge(tenant)
    await isTold(ada, 'c1', null)
    expect(JSON.stringify(ada.frames.at(-2))).toContain(
      '["c1","N-c1","a1","open",5,0,3,"theirs","2026-03-01",0,null,[],null,""]',
    )
  })

  it('ASD-5 and one of them that Postgres then refuses is undone alone', async () => {
    const { tenant, ada } = await withCards('refusal')
    const way = wayToPostgres()
    way.turn('away')
    const [, won] = await ada.push(
      ada.edit(card('c3', { number: 'N-c2' })),
      ada.edit(change('c1', { dueOn: { set: '2026-03-01' } })),
    )
    expect(won).toMatchObject({ is: 'accepted' })
    await poison(tenant)
    way.turn('open')
    await nudge(tenant)
    await ada.find(
      'the revert',
      (frame): frame is Down => frame[0] === 'receipt' && JSON.stringify(frame).includes('refused-unique'),
    )
    await ada.committed(3)
    expect((await healthOf(tenant)).records).toMatchObject([{ id: 'c1' }])
    expect(await sql("SELECT due_on::text FROM cards WHERE tenant_id = $1 AND id = 'c1'", tenant)).toEqual([
      { due_on: '2026-03-01' },
    ])
  })

  it('ASD-7 an edit that an earlier log has left is undone with the reason', async () => {
    const { tenant, ada } = await withCards('carried')
    const way = wayToPostgres()
    way.turn('away')
    await ada.push(
      ada.edit(change('c1', { notes: { set: 'carried' } })),
      ada.edit(change('c2', { notes: { set: 'too' } })),
    )
    await poison(tenant)
    // As when Postgres was put back: the changes that the cursor has read are not there any more.
    await sql('DELETE FROM tidemark.reading WHERE tenant_id = $1', tenant)
    await sql('UPDATE tidemark.ledger SET applied_seq = 0 WHERE tenant_id = $1', tenant)
    way.turn('open')
    await nudge(tenant)
    await ada.untilClosed()
    const back = await Peer.open({ sub: 'ada', tenant }, ada.client)
    await back.hello(2)
    await back.until('the revert', () => JSON.stringify(back.frames).includes('set-aside'))
    await expect
      .poll(() => sql('SELECT notes FROM cards WHERE tenant_id = $1 ORDER BY id', tenant))
      .toEqual([{ notes: 'theirs' }, { notes: 'too' }])
  })
})
