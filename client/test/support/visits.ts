import type { Welcome } from '../../../src/protocol/down/welcome.ts'
import type { Value } from '../../../src/protocol/value.ts'
import { Keeper, type KeeperOptions } from '../../src/disk/keeper.ts'
import { inTwoPlaces } from '../../src/disk/two-places.ts'
import { usedBy } from '../../src/disk/used-by.ts'
import type { Later } from '../../src/later.ts'
import type { Load } from '../../src/loading.ts'
import { memory } from '../../src/replica/memory.ts'
import { DeskClient, manifest, welcome } from './desk.ts'
import { FakeEnvironment, settle } from './fake-environment.ts'
import { MemoryCopies } from './memory-copies.ts'
import { MemoryDisk } from './memory-disk.ts'

/** Seconds at which the tokens here end, unless said otherwise; visits begin at 1,000. */
const EXPIRES_AT = 5_000

class VisitEnvironment extends FakeEnvironment {
  readonly #visit: number
  #drawn = 0

  constructor(visit: number, now: number) {
    super(visit)
    this.#visit = visit
    this.oversleep(now - this.now())
  }

  override readonly newId = () => `id-${this.#drawn++}-of-visit-${this.#visit}`
}

/** One browser: its disk, and the pages that are opened in it one after the other. */
export class Browser {
  readonly disk = new MemoryDisk()
  readonly copies = new MemoryCopies()
  readonly #options: KeeperOptions
  #visits = 0
  now = 1_000_000
  /** Who the next page says it is, if it does. */
  subject: string | undefined

  constructor(options: KeeperOptions = {}) {
    this.#options = options
  }

  /** Opens a page, and waits until the disk has been read. */
  async open(online = true, load?: Load<Later>): Promise<DeskClient> {
    const environment = new VisitEnvironment(++this.#visits, this.now)
    environment.online = online
    const disk = usedBy(inTwoPlaces(this.disk, this.copies), this.subject)
    const desk = new DeskClient(
      {
        clientId: `client-of-visit-${this.#visits}`,
        persist: {
          memory,
          join: (port) => new Keeper(port, { disk, plain: this.disk, ownership: this.disk }, this.#options),
        },
      },
      environment,
      load,
    )
    await written()
    return desk
  }

  /** A page that is live with these notes. */
  async live(seq: number, ...rows: Value[][]): Promise<DeskClient> {
    const desk = await this.open()
    desk.watch()
    await this.connect(desk, { seq, committed: seq })
    await desk.snapshot(seq, ...rows)
    await written()
    return desk
  }

  /** Lets the server answer a page's hello, which it gives back. */
  async connect(desk: DeskClient, more: Partial<Welcome> = {}) {
    await written()
    desk.socket.open()
    await written()
    const hello = desk.take().flatMap((frame) => (frame[0] === 'hello' ? [frame[1]] : []))[0]
    const isKnown = hello?.manifest === manifest.hash
    desk.socket.say(welcome({ expiresAt: EXPIRES_AT, ...(isKnown && { manifest: undefined }), ...more }))
    await written()
    return { hello, frames: desk.take() }
  }

  /** The browser is killed: nothing of the page runs any more. */
  async kill(desk: DeskClient): Promise<void> {
    this.disk.kill()
    this.now = Math.max(this.now, desk.environment.now())
    const { fault } = this.disk
    this.disk.hangs = true
    desk.db.close()
    await settle()
    this.disk.hangs = false
    this.disk.fault = fault
  }

  content(owner = 'ann') {
    return this.disk.contents.get(owner)
  }
}

/** Lets the disk do what it was asked: each of its steps is a few promises. */
export async function written(): Promise<void> {
  for (let i = 0; i < 8; i++) await settle()
}

/** Gives a note another title. */
export const retitle = (desk: DeskClient, title: string, id = 'a') =>
  desk.db.notes.update(id, (draft) => {
    draft.title = title
  })
