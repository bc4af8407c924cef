import type { Claims } from '../../../src/core/app/application.ts'
import { type App, app } from '../../../test/fixtures/board/sync.ts'
import type { Client } from '../../src/api/types.ts'
import { createClientIn } from '../../src/client-in.ts'
import { type Disk, DiskFault, type Store } from '../../src/disk/disk.ts'
import { Keeper } from '../../src/disk/keeper.ts'
import { inTwoPlaces } from '../../src/disk/two-places.ts'
import { later } from '../../src/later.ts'
import { memory } from '../../src/replica/memory.ts'
import { Company } from '../../src/tabs/company.ts'
import { Clock, settle } from '../../src/testing/clock.ts'
import { Device } from '../../src/testing/device.ts'
import { TestServer } from '../../src/testing/test-server.ts'
import type { Wire } from '../../src/testing/wire.ts'
import { allParts } from './all-parts.ts'
import { FakeBrowser, type FakePage } from './fake-neighbours.ts'
import { MemoryCopies } from './memory-copies.ts'
import { MemoryDisk } from './memory-disk.ts'

/** A token as the server's own: whose it is can be read in it. */
const tokenOf = ({ sub, tenant }: Claims) => `head.${btoa(JSON.stringify({ sub, tenant }))}.seal`

/** A tab of the browser. */
export type Tab = {
  readonly db: Client<App>
  readonly page: FakePage
  readonly device: TabDevice
  /** Whether it is in front. */
  isVisible: boolean
}

class TabDevice extends Device {
  tab: { isVisible: boolean } | undefined
  override readonly isVisible = () => this.tab?.isVisible ?? true
}

/** One browser with several tabs of an application, beside a tenant's server. Time stands still. */
export class TabsBrowser {
  readonly clock = new Clock(1, 1_000_000)
  readonly server = new TestServer(app, this.clock.now)
  readonly browser = new FakeBrowser()
  readonly disk = new MemoryDisk()
  readonly copies = new MemoryCopies()
  readonly tabs = new Set<Tab>()
  /** Pages that cannot write any more. */
  readonly broken = new Set<FakePage>()
  /** Pages whose writes wait for something. */
  readonly slow = new Map<FakePage, Promise<void>>()
  claims: Claims = { sub: 'ada', tenant: 'test', role: 'owner' }

  /** Opens a tab that shows all cards. */
  async open({ shares = true } = {}): Promise<Tab> {
    const page = this.browser.page()
    const device = new TabDevice({ clock: this.clock, server: this.server, claims: this.claims })
    const token = tokenOf(this.claims)
    const plain = whileAlive(this.disk, page, this)
    const disk = inTwoPlaces(plain, this.copies)
    const db = createClientIn<App>(
      device,
      {
        url: 'https://tidemark.test',
        tenant: 'test',
        getToken: () => token,
        parts: allParts(),
        persist: { memory, join: (port) => new Keeper(port, { disk, plain, ownership: this.disk }) },
        ...(shares && { share: { join: (port) => new Company(port, page) } }),
      },
      () => later,
    )
    const tab: Tab = { db, page, device, isVisible: true }
    device.tab = tab
    this.tabs.add(tab)
    db.cards.all().subscribe(() => {})
    await this.settle()
    return tab
  }

  /** The connections that the server has. */
  get wires(): Wire[] {
    return [...this.server.wires].filter(({ over, client }) => !over && client !== '')
  }

  /** Lets everything arrive that is under way. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      await settle()
      const moved = [...this.tabs].map(({ device }) => device.deliver())
      quiet = moved.includes(true) ? 0 : quiet + 1
    }
  }

  async pass(ms: number): Promise<void> {
    await this.clock.pass(ms, () => this.settle())
    await this.settle()
  }

  async commit(): Promise<void> {
    this.server.commit(this.server.tenant.head)
    await this.settle()
  }

  /** The tab is gone, without a word; what its code still does reaches nobody. */
  async kill(tab: Tab): Promise<void> {
    tab.page.kill()
    tab.device.turn(false)
    this.tabs.delete(tab)
    await this.settle()
  }

  async close(tab: Tab): Promise<void> {
    tab.db.close()
    await this.settle()
    await this.kill(tab)
  }
}

/** A disk that a dead page's code does not reach any more. */
function whileAlive(
  disk: Disk,
  page: FakePage,
  { broken, slow }: Pick<TabsBrowser, 'broken' | 'slow'>,
): Disk {
  const never = new Promise<never>(() => {})
  const unlessDead = <Result>(run: () => Promise<Result>) => (page.isDead ? never : run())
  return {
    latest: () => disk.latest(),
    remember: (owner) => unlessDead(() => disk.remember(owner)),
    open: async (owner, heard): Promise<Store> => {
      const store = await disk.open(owner, heard)
      return {
        load: () => unlessDead(() => store.load()),
        loadEdits: () => unlessDead(() => store.loadEdits()),
        write: async (batch) => {
          await slow.get(page)
          if (broken.has(page)) throw new DiskFault('unavailable', 'The disk is broken.')
          return unlessDead(() => store.write(batch))
        },
        close: () => store.close(),
      }
    },
    remove: (owner) => disk.remove(owner),
  }
}
