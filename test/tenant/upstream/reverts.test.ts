import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { Down } from '../../../src/protocol/down/down.ts'
import type { Verdict } from '../../../src/protocol/down/receipt.ts'
import { cardsOf, sql } from '../support/database.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change, prize } from '../support/samples.ts'
import { loseStorage, objectOf } from '../support/tenant-world.ts'

type Receipt = Extract<Down, readonly ['receipt', ...unknown[]]>

/** Ada, and a card of hers that is in Postgres, with the number N-c1. */
async function withCard(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee(), card('c1', { status: 'open' })))
  await ada.next('rows')
  await ada.committed(1)
  return { tenant, ada }
}

/** The first receipt that tells of reverts. */
async function reverts(peer: Peer): Promise<Verdict[]> {
  const [, verdicts] = await peer.find(
    'a revert',
    (frame): frame is Receipt => frame[0] === 'receipt' && frame[1].some(({ is }) => is === 'reverted'),
  )
  return verdicts
}

/** A card whose number is taken, and what its author goes on to do. */
function startedWrong(ada: Peer) {
  return [
    ada.edit(card('c2', { number: 'N-c1' })),
    ada.edit(change('c2', { status: { set: 'open' } }), change('c1', { notes: { set: 'see c2' } })),
    ada.edit(prize('p1', 'c2', 500)),
    ada.edit(change('c1', { reactions: { add: 1 } })),
  ]
}

const TOLD = [
  { is: 'reverted', n: 2, error: { code: 'refused-unique' } },
  {
    is: 'reverted',
    n: 3,
    error: {
      code: 'depends-on-reverted',
      message: 'It depends on an edit that was undone: There is no record "c2".',
    },
  },
  {
    is: 'reverted',
    n: 4,
    error: {
      code: 'depends-on-reverted',
      message: 'It depends on an edit that was undone: There is no such card.',
    },
  },
]

describe('edits that depend on one that Postgres refused', () => {
  it('TEN-36 are undone with it: their author is told of each, all others see the rows that are left', async () => {
    const { tenant, ada } = await withCard('depends')
    const ben = await Peer.join({ sub: 'ben', tenant })
    await ada.push(...startedWrong(ada))
    expect(await reverts(ada)).toMatchObject(TOLD)
    const [, , , parts] = await ben.find(
      'rows without c2',
      (frame): frame is Extract<Down, readonly ['rows', ...unknown[]]> =>
        frame[0] === 'rows' && frame[3].some(([, , , leaves]) => leaves.includes('c2')),
    )
    expect(JSON.stringify(parts)).not.toContain('see c2')
    const late = await Peer.join({ sub: 'cleo', tenant })
    const pages = JSON.stringify(late.frames.filter(([kind]) => kind === 'page'))
    expect(pages).toContain('N-c1')
    expect(pages).not.toMatch(/c2|p1/)
    await ada.committed(5)
    expect(await cardsOf(tenant)).toMatchObject([{ id: 'c1', notes: '', reactions: 1 }])
  })

  it('MRG-25 a lesser value that came to nothing because of one counts again, on both sides', async () => {
    const { tenant, ada } = await withCard('lesser')
    const wrong = ada.edit(card('c2', { number: 'N-c1' }), change('c1', { bestScore: { set: 9 } }))
    await ada.push(wrong, ada.edit(change('c1', { bestScore: { set: 4 } })))
    expect(await reverts(ada)).toMatchObject([{ is: 'reverted', n: 2, error: { code: 'refused-unique' } }])
    await ada.committed(3)
    expect(await sql('SELECT id, best_score FROM cards WHERE tenant_id = $1', tenant)).toEqual([
      { id: 'c1', best_score: 4 },
    ])
    const row = await runInDurableObject(objectOf(tenant), (_, { storage }) => {
      return storage.sql.exec<{ row: string }>("SELECT row FROM record WHERE id = 'c1'").one().row
    })
    expect(JSON.parse(row)).toMatchObject({ bestScore: 4 })
  })

  it('TEN-36 and somebody who was away is told in the welcome', async () => {
    const { tenant, ada } = await withCard('away')
    const ben = await Peer.join({ sub: 'ben', tenant })
    await ada.push(...startedWrong(ada))
    ada.close()
    await ben.until('the revert', () => ben.frames.some((frame) => JSON.stringify(frame).includes('["c2"]')))
    const back = await Peer.open({ sub: 'ada', tenant }, ada.client)
    const [, welcome] = await back.hello()
    expect(welcome.reverts).toMatchObject(TOLD.map(({ n, error }) => ({ n, error })))
  })

  it('TEN-36 and Postgres keeps a verdict on each, which a new log of the tenant still gives', async () => {
    const { tenant, ada } = await withCard('verdicts')
    const [wrong, dependent, won, ...rest] = startedWrong(ada)
    if (!wrong || !dependent || !won) throw new Error('there are three that cannot stay')
    await ada.push(wrong, dependent, won, ...rest)
    await reverts(ada)
    await ada.committed(5)
    const history = await sql(
      `SELECT seq::int, changes::text, refused ->> 'sqlState' AS state FROM tidemark.history
         WHERE tenant_id = $1 AND refused IS NOT NULL ORDER BY seq`,
      tenant,
    )
    expect(history).toMatchObject([
      { seq: 2, state: '23505' },
      { seq: 3, state: 'TM003', changes: '[]' },
      { seq: 4, state: 'TM003', changes: '[]' },
    ])
    await loseStorage(tenant)

    const back = await Peer.open({ sub: 'ada', tenant }, ada.client)
    await back.hello()
    await back.subscribe('cards')
    const again = await back.push(wrong, dependent, won)
    expect(again).toMatchObject(TOLD.map(({ n, error }) => ({ is: 'rejected', n, error })))
  })
})

it('TEN-37 a prize that Postgres refuses takes its effects along; those of later prizes follow anew', async () => {
  const { tenant, ada } = await withCard('prizes')
  const limit = `limit_${tenant.replaceAll('-', '_')}`
  await sql(
    `ALTER TABLE prizes ADD CONSTRAINT "${limit}" CHECK (tenant_id <> '${tenant}' OR awarded_points < 6000)`,
  )
  const ben = await Peer.join({ sub: 'ben', tenant })
  await ada.push(ada.edit(prize('p1', 'c1', 6_600)), ada.edit(prize('p2', 'c1', 3_400)))
  await ben.until('finished', () => JSON.stringify(ben.frames).includes('"finished"'))
  expect(await reverts(ada)).toMatchObject([{ is: 'reverted', n: 2, error: { code: 'refused-check' } }])
  await ben.until('partly won', () => JSON.stringify(ben.frames.at(-1)).includes('"in_progress"'))
  await ada.committed(3)
  expect(await cardsOf(tenant)).toMatchObject([{ won: 3_400, status: 'in_progress' }])
  await sql(`ALTER TABLE prizes DROP CONSTRAINT "${limit}"`)
})
