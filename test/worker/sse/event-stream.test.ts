import { afterEach, expect, it, vi } from 'vitest'
import { readEvents } from '../../../client/src/transport/event-stream.ts'
import { encode } from '../../../src/protocol/codec/codec.ts'
import { PROTOCOL_VERSION } from '../../../src/protocol/version.ts'
import { eventStream } from '../../../src/worker/sse/event-stream.ts'
import { plainReader } from '../../../src/worker/sse/plain-reader.ts'

afterEach(() => {
  vi.useRealTimers()
})

it('SSE-20 keeps a quiet stream alive with comments, until its reader is gone', async () => {
  vi.useFakeTimers()
  const [near, far] = Object.values(new WebSocketPair())
  if (!near || !far) throw new Error('a WebSocketPair has two ends')
  far.accept()
  const events = readEvents(
    eventStream(near, { session: 's1', version: PROTOCOL_VERSION, idOf: () => undefined }),
  )
  expect((await events.next()).value).toEqual({ event: 'session', data: 's1' })
  await vi.advanceTimersByTimeAsync(20_000)
  expect((await events.next()).value).toEqual({ event: 'message', data: '' })
  await events.return(undefined)
  expect(vi.getTimerCount()).toBe(0)
})

it('SSE-18 names no place to go on from while a plain reader holds a part of a snapshot', () => {
  const held = { lastEventId: null, version: PROTOCOL_VERSION }
  const { idOf } = plainReader({ collection: 'cards' }, held)
  const view = encode(['view', { subscription: 1, view: 4, columns: ['id'], resumeToken: '3.s' }])
  const page = (seq: number, last: boolean) => encode(['page', { view: 4, seq, rows: [], last, total: 9 }])
  const rows = (from: number, to: number) => encode(['rows', from, to, []])
  const frames = [
    view,
    page(3, false),
    rows(3, 4),
    page(4, true),
    rows(4, 5),
    view,
    rows(5, 6),
    page(6, true),
  ]
  expect(frames.map((frame) => idOf(frame)?.split('/')[1])).toEqual([
    ...[undefined, undefined, undefined, '4', '5'],
    ...[undefined, undefined, '6'],
  ])
})
