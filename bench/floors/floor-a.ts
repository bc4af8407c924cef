import { BareObject, Registry, worker } from './bare-object.ts'

/** Floor A: each message is one write into SQLite, and one frame to each subscriber. */
export class Tenant extends BareObject {
  #seq = 0

  protected override take(message: string): void {
    const write = JSON.parse(message)
    this.put(write)
    this.#seq += 1
    this.broadcast(JSON.stringify({ seq: this.#seq, ...write }))
  }
}

export { Registry }
export default worker
