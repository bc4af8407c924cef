import { BareObject, Registry, type Write, worker } from './bare-object.ts'

/** Floor B: all messages of an event-loop turn are one transaction, and one frame to each subscriber. */
export class Tenant extends BareObject {
  #seq = 0
  #queue: string[] = []

  protected override take(message: string): void {
    if (this.#queue.push(message) === 1) setImmediate(() => this.#flush())
  }

  #flush(): void {
    const writes = this.#queue.map((message): Write => JSON.parse(message))
    this.#queue = []
    this.ctx.storage.transactionSync(() => {
      for (const write of writes) this.put(write)
    })
    this.broadcast(JSON.stringify(writes.map((write) => ({ seq: ++this.#seq, ...write }))))
  }
}

export { Registry }
export default worker
