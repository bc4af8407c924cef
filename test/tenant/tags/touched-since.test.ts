import { expect, it, vi } from 'vitest'
import { Random } from '../../../dev/harness/random.ts'
import type { LogEntry } from '../../../src/core/log/log.ts'
import { TouchedSince } from '../../../src/tenant/tags/touched-since.ts'
import { ChangesSince } from '../../../src/tenant/views/changes-since.ts'
import { newTenant, Peer } from '../support/peer.ts'
import { assignee, card, change } from '../support/samples.ts'

const entryOf = (seq: number, id: string): LogEntry => ({
  ...{ seq, actor: 'client', n: seq, subject: 'ada', at: 0 },
  changes: [{ kind: 'insert', collection: 'cards', id, after: { id } }],
})

/** A log that grows, counts what is read of it, and lets at most so many entries be read at once. */
class CountedLog {
  readonly epoch = 'first'
  readonly entries: LogEntry[] = []
  floor = 0
  read = 0
  readonly #most: number

  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most
  }

  get head(): number {
    return this.entries.length
  }

  grow(id: string): void {
    this.entries.push(entryOf(this.head + 1, id))
  }

  readonly fold = (seq: number, work: (entries: Iterable<LogEntry>, rowAt: () => undefined) => true) => {
    const newest = this.entries.slice(seq).reverse()
    const counted = newest.slice(0, this.#most)
    this.read += counted.length
    work(counted, () => undefined)
    return newest.length <= this.#most ? (true as const) : undefined
  }

  /** The same by reading all of it. */
  touchedAfter(seq: number): string[] {
    return [...new Set(this.entries.slice(seq).flatMap(({ changes }) => changes.map(({ id }) => id)))].sort()
  }
}

const idOf = ({ id }: { id: string }) => [id]

it('LOD-1 what was touched since a place is what the log says, whichever places are asked for, and while it grows', () => {
  const random = new Random(20)
  const log = new CountedLog()
  const touched = new TouchedSince(log, log.fold)
  for (let i = 0; i < 400; i++) {
    log.grow(`c${random.whole(0, 59)}`)
    const seq = random.whole(0, log.head)
    expect(touched.tags(seq, 'all', idOf)?.sort()).toEqual(log.touchedAfter(seq))
  }
})

it('LOD-1 however often and from however many places it is asked, the log is read about once', () => {
  const log = new CountedLog()
  for (let i = 0; i < 4_000; i++) log.grow(`c${i}`)
  const touched = new TouchedSince(log, log.fold)
  for (let seq = log.head; seq >= 0; seq--) {
    touched.tags(seq, 'all', idOf)
    if (seq % 10 === 0) log.grow('c0')
  }
  expect(log.read).toBeLessThan(3 * log.head)
})

it('LOD-1 what is too much to be read is read once, and all tags count from there', () => {
  const log = new CountedLog(100)
  for (let i = 0; i < 1_000; i++) log.grow(`c${i}`)
  const touched = new TouchedSince(log, log.fold)
  expect(touched.tags(950, 'all', idOf)).toHaveLength(50)
  for (let seq = 899; seq >= 0; seq--) expect(touched.tags(seq, 'all', idOf)).toBeUndefined()
  expect(touched.tags(950, 'all', idOf)).toHaveLength(50)
  expect(log.read).toBeLessThanOrEqual(200)
})

it('LOD-1 of many tags those touched last are kept, within so many characters', () => {
  const log = new CountedLog()
  for (let i = 0; i < 1_000; i++) log.grow(`c${String(i).padStart(3, '0')}`)
  const touched = new TouchedSince(log, log.fold, 400)
  expect(touched.tags(990, 'all', idOf)).toHaveLength(10)
  for (let seq = 0; seq < 900; seq++) expect(touched.tags(seq, 'all', idOf)).toBeUndefined()
  const { read } = log
  for (let i = 0; i < 200; i++) {
    log.grow(`d${String(i).padStart(3, '0')}`)
    expect(touched.tags(log.head - 10, 'all', idOf)?.sort()).toEqual(log.touchedAfter(log.head - 10))
  }
  expect(log.read).toBe(read + 200)
})

it('LOD-1 two hundred watches from the beginning of the log read it once, and an edit is taken beside them', async () => {
  const tenant = newTenant('watch-flood')
  const ada = await Peer.join({ sub: 'ada', tenant })
  await ada.push(ada.edit(assignee()), ada.edit(card('c1')))
  for (let i = 0; i < 20; i++) await ada.push(ada.edit(change('c1', { notes: { set: `${i}` } })))
  const eve = await Peer.open({ sub: 'eve', tenant })
  const [, { epoch }] = await eve.hello()
  const folds = vi.spyOn(ChangesSince.prototype, 'fold')
  const since = { epoch, seq: 0 }
  for (let i = 0; i < 200; i++) eve.send(['watch', { patterns: ['cards_*'], since }])
  await ada.push(ada.edit(change('c1', { notes: { set: 'beside' } })))
  await eve.until('all answers', () => eve.frames.filter(isWatched).length === 200)
  // Once from the beginning, and once for the edit if that came in between.
  expect(folds.mock.calls.length).toBeLessThanOrEqual(2)
  folds.mockRestore()
})

const isWatched = (frame: Peer['frames'][number]) => frame[0] === 'invalidate' && frame[1].watched === true
