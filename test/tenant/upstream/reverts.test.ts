import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import type { Down } from '../../../src/protocol/down/down.ts'
import type { Verdict } from '../../../src/protocol/down/receipt.ts'
import { invoicesOf, sql } from '../support/database.ts'
import { objectOf } from '../support/outside-world.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { change, contact, invoice, payment } from '../support/samples.ts'

type Receipt = Extract<Down, readonly ['receipt', ...unknown[]]>

/** Ada, and an invoice of hers that is in Postgres, with the number N-i1. */
async function withInvoice(name: string) {
  const tenant = newTenant(name)
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(contact(), invoice('i1', { status: 'sent' })))
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

/** An invoice whose number is taken, and what its author goes on to do. */
function startedWrong(ada: Peer) {
  return [
    ada.edit(invoice('i2', { number: 'N-i1' })),
    ada.edit(change('i2', { status: { set: 'sent' } }), change('i1', { notes: { set: 'see i2' } })),
    ada.edit(payment('p1', 'i2', 500)),
    ada.edit(change('i1', { reminders: { add: 1 } })),
  ]
}

const TOLD = [
  { is: 'reverted', n: 2, error: { code: 'refused-unique' } },
  {
    is: 'reverted',
    n: 3,
    error: {
      code: 'depends-on-reverted',
      message: 'It depends on an edit that was undone: There is no record "i2".',
    },
  },
  {
    is: 'reverted',
    n: 4,
    error: {
      code: 'depends-on-reverted',
      message: 'It depends on an edit that was undone: There is no such invoice.',
    },
  },
]

describe('edits that depend on one that Postgres refused', () => {
  it('TEN-36 are undone with it: their author is told of each, all others see the rows that are left', async () => {
    const { tenant, ada } = await withInvoice('depends')
    const ben = await Peer.join({ sub: 'ben', tenant })
    await ada.push(...startedWrong(ada))
    expect(await reverts(ada)).toMatchObject(TOLD)
    const [, , , parts] = await ben.find(
      'rows without i2',
      (frame): frame is Extract<Down, readonly ['rows', ...unknown[]]> =>
        frame[0] === 'rows' && frame[3].some(([, , , leaves]) => leaves.includes('i2')),
    )
    expect(JSON.stringify(parts)).not.toContain('see i2')
    const late = await Peer.join({ sub: 'cleo', tenant })
    const pages = JSON.stringify(late.frames.filter(([kind]) => kind === 'page'))
    expect(pages).toContain('N-i1')
    expect(pages).not.toMatch(/i2|p1/)
    await ada.committed(5)
    expect(await invoicesOf(tenant)).toMatchObject([{ id: 'i1', notes: '', reminders: 1 }])
  })

  it('TEN-36 and somebody who was away is told in the welcome', async () => {
    const { tenant, ada } = await withInvoice('away')
    const ben = await Peer.join({ sub: 'ben', tenant })
    await ada.push(...startedWrong(ada))
    ada.close()
    await ben.until('the revert', () => ben.frames.some((frame) => JSON.stringify(frame).includes('["i2"]')))
    const back = await Peer.open({ sub: 'ada', tenant }, ada.client)
    const [, welcome] = await back.hello()
    expect(welcome.reverts).toMatchObject(TOLD.map(({ n, error }) => ({ n, error })))
  })

  it('TEN-36 and Postgres keeps a verdict on each, which a new log of the tenant still gives', async () => {
    const { tenant, ada } = await withInvoice('verdicts')
    const [wrong, dependent, paid, ...rest] = startedWrong(ada)
    if (!wrong || !dependent || !paid) throw new Error('there are three that cannot stay')
    await ada.push(wrong, dependent, paid, ...rest)
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
    await runInDurableObject(objectOf(tenant), async (_, state) => {
      await state.storage.deleteAll()
      state.abort('lost')
    }).catch(() => undefined)

    const back = await Peer.open({ sub: 'ada', tenant }, ada.client)
    await back.hello()
    await back.subscribe('invoices')
    const again = await back.push(wrong, dependent, paid)
    expect(again).toMatchObject(TOLD.map(({ n, error }) => ({ is: 'rejected', n, error })))
  })
})

it('TEN-37 a payment that Postgres refuses takes its effects along; those of later payments follow anew', async () => {
  const { tenant, ada } = await withInvoice('payments')
  const limit = `limit_${tenant.replaceAll('-', '_')}`
  await sql(
    `ALTER TABLE payments ADD CONSTRAINT "${limit}" CHECK (tenant_id <> '${tenant}' OR amount_cents < 6000)`,
  )
  const ben = await Peer.join({ sub: 'ben', tenant })
  await ada.push(ada.edit(payment('p1', 'i1', 6_600)), ada.edit(payment('p2', 'i1', 3_400)))
  await ben.until('paid', () => JSON.stringify(ben.frames).includes('"paid"'))
  expect(await reverts(ada)).toMatchObject([{ is: 'reverted', n: 2, error: { code: 'refused-check' } }])
  await ben.until('partly paid', () => JSON.stringify(ben.frames.at(-1)).includes('"part_paid"'))
  await ada.committed(3)
  expect(await invoicesOf(tenant)).toMatchObject([{ paid: 3_400, status: 'part_paid' }])
  await sql(`ALTER TABLE payments DROP CONSTRAINT "${limit}"`)
})
