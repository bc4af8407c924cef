import process from 'node:process'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../dev/harness/until.ts'
import { bareTarget } from './bare-target.ts'
import { centile } from './numbers.ts'
import { peerTarget } from './peers.ts'
import { markerOf, rowId, writesIn } from './rows.ts'
import type { Target, Writer } from './target.ts'
import type { FromGenerator, Measurement, Task } from './task.ts'
import { tidemarkTarget } from './tidemark-target.ts'

/** Sockets that are opened at a time. */
const AT_A_TIME = 50

/** How often the parent is told how far the load is, in ms. */
const TELL_EVERY_MS = 50

/** How long a write may be on its way before it counts as lost, in ms. */
const LOST_AFTER_MS = 60_000

/** Writes whose times are kept at a time; far more than are ever in flight. */
const SLOTS = 1 << 16

const tell = (message: FromGenerator) => void process.send?.(message)

/** Keeps a number of writes in flight and notes how long each takes until every subscriber has it. */
class Load {
  readonly #task: Task
  readonly #target: Target
  readonly #writers: Writer[] = []
  readonly #free: number[]
  /** By write: subscribers that lack it, when it was sent, and its row. */
  readonly #lacking = new Int32Array(SLOTS)
  readonly #sentAt = new Float64Array(SLOTS)
  readonly #rowOf = new Int32Array(SLOTS)
  #next = 0
  #inFlight = 0
  #delivered = 0
  #isStopped = false
  #times: number[] = []
  #bytes = 0
  #lastFrame: Buffer = Buffer.alloc(0)
  #lastWrites: readonly number[] = []

  constructor(task: Task, target: Target) {
    this.#task = task
    this.#target = target
    this.#free = Array.from({ length: task.rows }, (_, place) => place)
  }

  async open(): Promise<void> {
    const { writers, subscribers } = this.#task
    for (let i = 0; i < writers; i++) this.#writers.push(await this.#target.openWriter(i))
    for (let from = 0; from < subscribers; from += AT_A_TIME) {
      const count = Math.min(AT_A_TIME, subscribers - from)
      const opening = Array.from({ length: count }, (_, i) =>
        this.#target.subscribe(from + i, (frame) => this.#heard(frame)),
      )
      await Promise.all(opening)
    }
  }

  async measure(): Promise<Measurement> {
    this.#fill()
    const telling = setInterval(() => tell({ is: 'delivered', writes: this.#delivered }), TELL_EVERY_MS)
    await pause(this.#task.warmUpMs)
    tell({ is: 'warm' })
    this.#times = []
    this.#bytes = 0
    const sentBefore = this.#next
    const [begun, cpu] = [performance.now(), process.cpuUsage()]
    await pause(this.#task.measureMs)
    // A slow server gets longer, so that what is under way at the beginning and the end weighs little.
    const { inFlight } = this.#task
    await until(`${inFlight} writes reach all readers`, () => this.#times.length >= inFlight, LOST_AFTER_MS)
    const times = [...this.#times]
    const ms = performance.now() - begun
    const { user, system } = process.cpuUsage(cpu)
    const bytes = this.#bytes / (times.length * this.#task.subscribers)
    this.#isStopped = true
    clearInterval(telling)
    // A write that stayed away would have made fewer be in flight, and the others faster.
    await until('every write reaches all readers', () => this.#haveAllArrived(sentBefore), LOST_AFTER_MS)
    return {
      writes: times.length,
      writesPerSecond: Math.round(times.length / (ms / 1_000)),
      p50: centile(times, 0.5),
      p99: centile(times, 0.99),
      bytes,
      generatorCpu: (user + system) / 1_000 / ms,
    }
  }

  #haveAllArrived(sentBefore: number): boolean {
    for (let write = Math.max(0, this.#next - SLOTS); write < sentBefore; write++)
      if ((this.#lacking[write % SLOTS] ?? 0) > 0) return false
    return true
  }

  #fill(): void {
    if (this.#isStopped) return
    const writes = this.#writers.map((): { id: string; reference: string }[] => [])
    const now = performance.now()
    while (this.#inFlight < this.#task.inFlight) {
      // A row is written again once everybody has what was written last, so no write hides another.
      const row = this.#free.shift()
      if (row === undefined) break
      const write = this.#next++
      const slot = write % SLOTS
      this.#lacking[slot] = this.#task.subscribers
      this.#sentAt[slot] = now
      this.#rowOf[slot] = row
      this.#inFlight += 1
      // Each row has one writer, so that no write loses against another and stays away.
      writes[row % writes.length]?.push({ id: rowId(row), reference: markerOf(write) })
    }
    for (const [index, ofWriter] of writes.entries())
      if (ofWriter.length > 0) this.#writers[index]?.(ofWriter)
    if (this.#task.tells)
      tell({ is: 'wrote', writes: writes.flat().map(({ id, reference }) => [id, reference]) })
  }

  #heard(frame: Buffer): void {
    this.#bytes += frame.length
    // Most frames are the same for all subscribers, and are read once.
    if (!frame.equals(this.#lastFrame)) {
      this.#lastFrame = frame
      this.#lastWrites = writesIn(frame.toString('latin1'))
    }
    const before = this.#inFlight
    const now = performance.now()
    for (const write of this.#lastWrites) {
      const slot = write % SLOTS
      const lacking = (this.#lacking[slot] ?? 0) - 1
      this.#lacking[slot] = lacking
      if (lacking !== 0) continue
      this.#inFlight -= 1
      this.#delivered += 1
      this.#free.push(this.#rowOf[slot] ?? 0)
      this.#times.push(now - (this.#sentAt[slot] ?? now))
    }
    if (this.#inFlight < before) this.#fill()
  }
}

async function run(task: Task): Promise<void> {
  const { url, speaks, tokens, writers } = task
  const target =
    speaks === 'bare'
      ? bareTarget(url)
      : speaks === 'tidemark'
        ? tidemarkTarget(url, tokens, writers)
        : await peerTarget(speaks, url)
  const load = new Load(task, target)
  await load.open()
  tell({ is: 'measured', measurement: await load.measure() })
  target.close()
}

// Nobody is left to tell when the parent is gone.
process.once('disconnect', () => process.exit())
process.once('message', (task: Task) => {
  run(task).then(
    () => process.disconnect(),
    (error: unknown) => {
      tell({ is: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) })
      process.disconnect()
    },
  )
})
