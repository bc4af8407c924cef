import { expect, it } from 'vitest'
import {
  NOTIFICATION_PREFERENCES,
  NOTIFICATION_STATES,
  NOTIFICATIONS,
} from '../../../src/core/app/built-in.ts'
import {
  notificationPreferencesCollection,
  notificationStatesCollection,
  notificationsCollection,
} from '../../../src/core/app/notification-collections.ts'
import { stateId } from '../../../src/core/app/notification-state.ts'
import { readQuery } from '../../../src/protocol/read-query.ts'
import type { Up } from '../../../src/protocol/up/up.ts'
import type { Value } from '../../../src/protocol/value.ts'
import type { NotificationsSnapshot } from '../../src/api/notifications.ts'
import { accepted, DeskClient, manifest, RESUME_TOKEN } from '../support/desk.ts'
import { settle } from '../support/fake-environment.ts'

const COLUMNS = ['id', 'kind', 'event', 'by', 'at', 'data', 'groupKey', 'collection', 'record']
const STATE_COLUMNS = ['id', 'subject', 'notification', 'rank', 'alone', 'at']
const PREFERENCE_COLUMNS = ['id', 'subject', 'kind', 'muted']

const OWNER = '["acme","ann"]'

const noted = {
  hash: 'desk-noted',
  collections: [
    ...manifest.collections,
    notificationsCollection,
    notificationStatesCollection,
    notificationPreferencesCollection,
  ],
}

/** A notification as it travels. */
const notice = (id: string, at: string, group: string | null = null): Value[] => [
  ...[id, 'prize', `of ${id}`, 'ben', `2026-11-0${at}T12:00:00.000Z`, { id }, group],
  ...['cards', 'c1'],
]

type Answers = Readonly<Record<string, readonly [columns: string[], rows: Value[][]]>>

/** Somebody whose inbox is open, with these notifications. */
async function open(...notices: Value[][]) {
  const desk = new DeskClient()
  const told: NotificationsSnapshot<object>[] = []
  const stop = desk.db.notifications.subscribe((snapshot) => told.push(snapshot))
  const frames = await desk.connect({ manifest: noted, manifestHash: noted.hash, owner: OWNER })
  await answer(desk, frames, {
    [NOTIFICATIONS]: [COLUMNS, notices],
    [NOTIFICATION_STATES]: [STATE_COLUMNS, []],
    [NOTIFICATION_PREFERENCES]: [PREFERENCE_COLUMNS, []],
  })
  desk.take()
  return {
    desk,
    inbox: desk.db.notifications,
    told,
    stop,
    snapshot: () => desk.db.notifications.getSnapshot(),
  }
}

async function answer(desk: DeskClient, frames: readonly Up[], answers: Answers): Promise<void> {
  for (const frame of frames) {
    if (frame[0] !== 'subscribe') continue
    const { id: subscription, query } = frame[1]
    const read = readQuery(query)
    const [columns = [], rows = []] = ('query' in read && answers[read.query.collection]) || []
    const view = subscription
    await desk.say(
      ['view', { subscription, view, columns, resumeToken: RESUME_TOKEN }],
      ['page', { view, seq: 10, rows, last: true, total: rows.length }],
    )
  }
}

it('NTF-21 counts what is shown, and groups it', async () => {
  const { snapshot } = await open(notice('n3', '3', 'g'), notice('n2', '2', 'g'), notice('n1', '1'))
  expect(snapshot()).toMatchObject({
    status: 'ready',
    unseen: 2,
    unread: 2,
    items: [
      { id: 'n3', ids: ['n3', 'n2'], count: 2, group: 'g', data: { id: 'n3' }, state: 'unseen' },
      { id: 'n1', count: 1 },
    ],
  })
})

it('NTF-21 shows what is done to items at once, and sends it as one edit that writes nothing twice', async () => {
  const { desk, inbox, snapshot } = await open(notice('n2', '2'), notice('n1', '1'))
  inbox.markSeen()
  expect(snapshot()).toMatchObject({ unseen: 0, unread: 2 })
  await settle()
  const seen = (notification: string, rank: number) => ({
    ...{ op: 'insert', upsert: true, collection: NOTIFICATION_STATES, id: stateId(OWNER, notification) },
    values: { notification, rank },
  })
  const [edit] = desk.socket.takeEdits()
  expect(edit?.ops).toMatchObject([seen('n2', 1), seen('n1', 1)])
  expect(await inbox.markSeen().accepted).toMatchObject({ ok: true })
  const [newest, oldest] = snapshot().items
  if (newest) inbox.markRead(newest)
  if (oldest) inbox.archive(oldest)
  expect(snapshot()).toMatchObject({ unseen: 0, unread: 0, items: [{ id: 'n2', state: 'read' }] })
  expect(snapshot().archived).toMatchObject([{ id: 'n1', state: 'archived' }])
  inbox.markUnread([...snapshot().items, ...snapshot().archived])
  expect(snapshot()).toMatchObject({ unseen: 0, unread: 2, archived: [] })
  await settle()
  const ops = desk.socket.takeEdits().map(({ ops: [op] }) => op)
  expect(ops).toMatchObject([seen('n2', 2), seen('n1', 3), seen('n2', 5)])
})

it('NTF-21 is one edit for a hundred notifications', async () => {
  const many = Array.from({ length: 230 }, (_, i) => notice(`n${i}`, '1'))
  const { desk, inbox, snapshot } = await open(...many)
  const handle = inbox.markSeen()
  expect(snapshot().unseen).toBe(0)
  await settle()
  expect(desk.socket.takeEdits().map(({ ops }) => ops.length)).toEqual([100, 100, 30])
  await desk.say(accepted(1, 11), accepted(2, 12), accepted(3, 13))
  expect(await handle.accepted).toMatchObject({ ok: true, seq: 13 })
})

it('NTF-18 a muted kind is neither shown nor counted, and there again once it is not', async () => {
  const { inbox, snapshot } = await open(notice('n2', '2'), notice('n1', '1'))
  inbox.mute('prize')
  expect(snapshot()).toMatchObject({ items: [], unseen: 0, unread: 0, muted: ['prize'] })
  inbox.unmute('prize')
  expect(snapshot()).toMatchObject({ unseen: 2, muted: [] })
})

it('NTF-21 is the same object until something changes, and tells whoever listens what did', async () => {
  const { inbox, snapshot, told, stop } = await open(notice('n1', '1'))
  expect(snapshot()).toBe(snapshot())
  const before = told.length
  inbox.markSeen()
  await settle()
  expect(told.slice(before)).toEqual([snapshot()])
  stop()
  inbox.markRead(snapshot().items)
  await settle()
  expect(told).toHaveLength(before + 1)
})

it('NTF-21 says so where there is nothing of the kind', async () => {
  const desk = new DeskClient()
  desk.db.notifications.subscribe(() => undefined)
  for (const frame of await desk.connect()) {
    if (frame[0] !== 'subscribe') continue
    const error = { code: 'unknown-collection' as const, message: 'No.', retryable: false, ref: frame[1].id }
    await desk.say(['error', error])
  }
  expect(desk.db.notifications.getSnapshot()).toMatchObject({ status: 'error', items: [] })
})
