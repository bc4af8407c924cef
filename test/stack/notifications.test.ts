import { afterAll, beforeAll, expect, it } from 'vitest'
import { until } from '../../dev/harness/until.ts'
import { expectCommitted } from '../support/outcomes.ts'
import type { Db } from '../support/person.ts'
import { type Stack, startStack } from '../support/stack.ts'

type Snapshot = ReturnType<Db['notifications']['getSnapshot']>

/** A device of somebody, with its bell: what was shown, and how often each notification came. */
class Device {
  readonly db: Db
  readonly shown: Snapshot[] = []
  readonly #stops: (() => void)[]

  constructor(db: Db) {
    this.db = db
    this.#stops = [db.notifications.subscribe((snapshot) => this.shown.push(snapshot))]
  }

  get inbox(): Snapshot {
    return this.db.notifications.getSnapshot()
  }

  /** The kinds that are shown, with how many are in each item and its state. */
  get items(): string[] {
    return this.inbox.items.map(({ kind, count, state }) => `${count} ${kind} ${state}`)
  }

  async shows(...items: string[]): Promise<void> {
    await until(`${items.join()} shown`, () => JSON.stringify(this.items) === JSON.stringify(items))
  }

  close(): void {
    for (const stop of this.#stops) stop()
    this.db.close()
  }
}

let stack: Stack
let ada: Db
const devices: Device[] = []

async function open(name: 'ben' | 'cleo' | 'vic'): Promise<Device> {
  const device = new Device(stack.client(name))
  devices.push(device)
  await until(`${name} is ready`, () => device.inbox.status === 'ready')
  return device
}

beforeAll(async () => {
  stack = await startStack()
  ada = stack.client('ada')
  ada.cards.all().subscribe(() => undefined)
  await until('ada is ready', () => ada.cards.all().getSnapshot().status === 'ready')
  await expectCommitted([
    ada.transaction((tx) => {
      tx.assignees.insert({ id: 'a1', name: 'Mill & Sons' })
      tx.cards.insert({ id: 'c1', number: 'N-1', assigneeId: 'a1', targetPoints: 100, status: 'open' })
    }),
  ])
})

afterAll(async () => {
  for (const device of devices) device.close()
  ada.close()
  await stack.stop()
})

const award = (id: string, awardedPoints: number) =>
  ada.prizes.insert({ id, cardId: 'c1', awardedPoints, kind: 'badge', wonOn: '2026-01-31' })

it('NTF-22 three devices are told once each, live and after an absence; what is read on one is read on all', async () => {
  const [laptop, phone] = [await open('ben'), await open('ben')]
  const other = await open('cleo')
  await expectCommitted([award('p1', 10)])
  for (const device of [laptop, phone, other]) await device.shows('1 prize unseen')
  await stack.killWorker()
  await expectCommitted([award('p2', 10), award('p3', 10)])
  const tablet = await open('ben')
  for (const device of [laptop, phone, tablet, other]) await device.shows('3 prize unseen')
  expect(laptop.inbox).toMatchObject({ unseen: 1, unread: 1 })
  expect(laptop.inbox.items[0]).toMatchObject({
    ...{ ids: tablet.inbox.items[0]?.ids, by: ['ada'], group: 'c1', data: { number: 'N-1', points: 10 } },
  })
  // None ever showed one that was not there, or one twice.
  for (const { shown } of [laptop, phone, tablet])
    for (const { items } of shown) {
      const ids = items.flatMap((item) => item.ids)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.length).toBeLessThanOrEqual(3)
    }

  phone.db.notifications.markSeen()
  for (const device of [laptop, tablet]) await device.shows('3 prize seen')
  const [item] = tablet.inbox.items
  if (item) tablet.db.notifications.markRead(item)
  for (const device of [laptop, phone]) await device.shows('3 prize read')
  expect(laptop.inbox).toMatchObject({ unseen: 0, unread: 0 })
  expect(other.items).toEqual(['3 prize unseen'])
  const [read] = laptop.inbox.items
  if (read) laptop.db.notifications.archive(read)
  for (const device of [phone, tablet]) await until('archived', () => device.inbox.archived.length === 1)
  await expectCommitted([award('p4', 10)])
  for (const device of [laptop, phone, tablet]) await device.shows('1 prize unseen')
  expect(
    await stack.sql(
      "SELECT subject, rank, count(*)::int AS n FROM tidemark.notification_state WHERE subject = 'ben' GROUP BY 1, 2",
    ),
  ).toEqual([{ subject: 'ben', rank: 3, n: 3 }])
})

it('NTF-18 a kind that is muted on one device is muted on all, and nobody else’s', async () => {
  const [laptop, phone] = [await open('ben'), await open('ben')]
  laptop.db.notifications.mute('prize')
  for (const device of [laptop, phone]) {
    await until('muted', () => device.inbox.muted.length === 1)
    expect(device.inbox).toMatchObject({ items: [], unseen: 0, unread: 0 })
  }
  const other = await open('cleo')
  expect(other.items).toEqual(['4 prize unseen'])
  phone.db.notifications.unmute('prize')
  await laptop.shows('1 prize unseen')
})

it('NTF-10 a viewer is told of a card that is finished, and no more once it is a draft', async () => {
  const vic = await open('vic')
  await expectCommitted([award('p5', 100)])
  await vic.shows('1 card-finished unseen')
  await stack.sql("UPDATE cards SET status = 'draft'")
  await stack.nudge('acme')
  await vic.shows()
  expect(vic.inbox).toMatchObject({ unseen: 0, unread: 0 })
})

it('NTF-6 nobody is told twice, and nothing is lost, where the object or Postgres is put back to an earlier state', async () => {
  const cleo = await open('cleo')
  const before = cleo.inbox.items[0]?.count ?? 0
  const putBack = await stack.keepObjects()
  const told = async (count: number) => {
    await cleo.shows(`${before + count} prize unseen`)
    const [rows] = await stack.sql(
      "SELECT count(*)::int AS rows, count(DISTINCT event)::int AS events FROM tidemark.notification WHERE kind = 'prize'",
    )
    // One for owners and one for editors.
    return rows
  }
  await stack.sql("UPDATE cards SET status = 'open', target_points = 1000000")
  await stack.nudge('acme')
  await until('open again', () => ada.cards.get('c1')?.status === 'open')
  await expectCommitted([award('p6', 10)])
  await told(1)
  await putBack()
  await expectCommitted([award('p7', 10)])
  const n = before + 2
  expect(await told(2)).toEqual({ rows: 2 * n, events: n })
  const restore = await stack.keepPostgres()
  await expectCommitted([award('p8', 10)])
  await stack.sql(
    `INSERT INTO prizes (tenant_id, id, card_id, awarded_points, kind, won_on)
     VALUES ('acme', 'p9', 'c1', 5, 'medal', '2026-01-31')`,
  )
  await stack.nudge('acme')
  await told(4)
  await restore()
  await expectCommitted([award('p10', 10)])
  await until('all is in Postgres', async () => {
    const [found] = await stack.sql(
      "SELECT count(*)::int AS rows FROM tidemark.notification WHERE kind = 'prize'",
    )
    return found?.['rows'] === 2 * (n + 3)
  })
  // Postgres has lost the prize that SQL had given, so nobody may read of it any more.
  expect(await told(4)).toEqual({ rows: 2 * (n + 3), events: n + 3 })
})
