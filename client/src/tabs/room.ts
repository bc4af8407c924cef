import type { Environment } from '../environment/environment.ts'
import type { ShareNews } from '../parts/share.ts'
import type { Message } from './message.ts'
import type { Asked, Channel, Neighbours } from './neighbours.ts'

type Port = {
  readonly name: string
  readonly owner: string
  readonly heard: (message: unknown) => void
  /** This page leads from now on, or does not any more. */
  readonly led: (leads: boolean) => void
  readonly told: (news: ShareNews) => void
  /** A page that was watched is gone. */
  readonly gone: (page: string) => void
}

/** The lock that one of a person's pages leads by, and the channel that all of them speak in. */
export class Room {
  readonly owner: string
  readonly told: Port['told']
  /** This page's name among the others. It holds a lock of that name while it lives. */
  readonly page: string
  readonly #neighbours: Neighbours
  readonly #port: Port
  readonly #channel: Channel
  readonly #watched = new Map<string, Asked>()
  readonly #stops: (() => void)[]
  #own: Asked | undefined
  #asked: Asked | undefined
  #giveAway: (() => void) | undefined
  #isOver = false

  constructor(neighbours: Neighbours, environment: Pick<Environment, 'newId' | 'onWake'>, port: Port) {
    this.owner = port.owner
    this.told = port.told
    this.page = environment.newId()
    this.#neighbours = neighbours
    this.#port = port
    this.#channel = neighbours.channel(port.name, port.heard)
    this.#stops = [
      neighbours.onSleep(() => this.#sleep()),
      environment.onWake(() => {
        if (!this.leads && !this.#asked) this.#wait()
      }),
    ]
  }

  get leads(): boolean {
    return this.#giveAway !== undefined
  }

  /** Resolves with whether this page leads. */
  async begin(): Promise<boolean> {
    this.#own = this.#neighbours.lock(`${this.#port.name} ${this.page}`, 'wait')
    await this.#own.held
    this.#giveAway = await this.#neighbours.lock(this.#port.name, 'try', () => this.#lost()).held
    if (this.#isOver) this.#giveAway?.()
    else if (!this.leads) this.#wait()
    return this.leads
  }

  post(message: Message): void {
    if (!this.#isOver) this.#channel.post(message)
  }

  /** Takes the lead from a page that does not answer. */
  steal(): void {
    if (this.leads || this.#isOver) return
    this.#asked?.cancel()
    this.#take(this.#neighbours.lock(this.#port.name, 'steal', () => this.#lost()))
  }

  /** Says when a page is gone. */
  watch(page: string): void {
    if (this.#watched.has(page)) return
    const asked = this.#neighbours.lock(`${this.#port.name} ${page}`, 'wait')
    this.#watched.set(page, asked)
    void asked.held.then((giveAway) => {
      giveAway?.()
      this.#watched.delete(page)
      if (giveAway && !this.#isOver) this.#port.gone(page)
    })
  }

  close(): void {
    this.#isOver = true
    for (const stop of this.#stops) stop()
    this.#endWatches()
    this.#asked?.cancel()
    this.#giveAway?.()
    this.#giveAway = undefined
    void this.#own?.held.then((giveAway) => giveAway?.())
    this.#channel.close()
  }

  #wait(): void {
    this.#take(this.#neighbours.lock(this.#port.name, 'wait', () => this.#lost()))
  }

  #take(asked: Asked): void {
    this.#asked = asked
    void asked.held.then((giveAway) => {
      if (this.#asked !== asked || this.#isOver) {
        giveAway?.()
        return
      }
      this.#asked = undefined
      if (!giveAway) return
      this.#giveAway = giveAway
      this.post({ is: 'led' })
      this.#port.led(true)
    })
  }

  /** Another page has stolen the lead. */
  #lost(): void {
    if (!this.leads || this.#isOver) return
    this.#giveAway = undefined
    this.#endWatches()
    this.#port.led(false)
    this.#wait()
  }

  /** A page that sleeps leads nobody, and does not wait to. */
  #sleep(): void {
    this.#asked?.cancel()
    this.#asked = undefined
    const giveAway = this.#giveAway
    if (!giveAway) return
    this.#giveAway = undefined
    this.#endWatches()
    this.#port.led(false)
    giveAway()
  }

  #endWatches(): void {
    for (const asked of this.#watched.values()) asked.cancel()
    this.#watched.clear()
  }
}
