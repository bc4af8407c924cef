import type { Edit } from '../../../src/protocol/edit.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import type { Environment } from '../environment/environment.ts'
import type { Durable } from './durable.ts'
import type { PendingEdit } from './pending-edit.ts'
import { Queue } from './queue.ts'

/** Somebody who uses the page: the client id that was drawn for them, and their edits without an outcome. */
export type Owner = {
  /** As the server names them; undefined before its first welcome. */
  name: string | undefined
  clientId: string
  /** The log that their edits were last ordered in. */
  epoch: string | undefined
  readonly queue: Queue
  /**
   * Edits of other pages under the same client id that have ended, from one n to another, as long as the rows here may
   * be from before them.
   */
  unseen?: { readonly first: number; readonly last: number } | undefined
}

type Port = Pick<Environment, 'newId'> & {
  /** What is on disk of the queue of somebody new; undefined where there is no disk. */
  readonly durable: () => Durable | undefined
  /** An edit of whoever uses the page now is new, or its progress changed. */
  readonly changed: (entry: PendingEdit) => void
}

/**
 * The people who have used this page, one at a time. An edit is its maker's: while the page's token is somebody else's,
 * it waits here, under the client id that it was numbered for, and goes up when its maker is back.
 */
export class People {
  readonly #port: Port
  readonly #away = new Map<string, Owner>()
  #current: Owner

  constructor(clientId: string, port: Port) {
    this.#port = port
    this.#current = this.#newOwner(clientId)
  }

  get current(): Owner {
    return this.#current
  }

  /** How many edits wait for somebody else to come back. */
  get held(): number {
    return [...this.#away.values()].reduce((sum, { queue }) => sum + queue.unanswered, 0)
  }

  /** The page's token is this person's from now on. */
  become(name: string): void {
    const { name: before, queue } = this.#current
    if (before === name) return
    if (before !== undefined && queue.size > 0) this.#away.set(before, this.#current)
    this.#current = this.#away.get(name) ?? this.#newOwner(this.#port.newId(), name)
    this.#away.delete(name)
  }

  /** The client id cannot be used any more: all that has no outcome is numbered anew under another. */
  drawAnew(): void {
    this.#change((queue) => queue.renumber())
  }

  /**
   * This page works under a client id of its own from now on: what was stored under the one it had, others send.
   *
   * @param error told of what was stored
   */
  part(error: WireError): void {
    this.#change((queue) => queue.part(error))
  }

  /** What was done under the client id before is another author's from now on. */
  #change(renumber: (queue: Queue) => void): void {
    const { clientId, queue } = this.#current
    this.#current.clientId = this.#port.newId()
    this.#current.unseen = undefined
    renumber(queue)
    for (const entry of queue.entries) entry.edit = asAnother(entry.edit, clientId)
  }

  /** Ends everybody's edits. */
  close(error: WireError): void {
    for (const { queue } of [this.#current, ...this.#away.values()]) queue.close(error)
  }

  #newOwner(clientId: string, name?: string): Owner {
    const queue = new Queue((entry) => {
      if (this.#current.queue === queue) this.#port.changed(entry)
    }, this.#port.durable())
    return { name, clientId, epoch: undefined, queue }
  }
}

/** An edit under another client id: of the edits of the one before its author had seen those that it took for seen. */
function asAnother(edit: Edit, before: string): Edit {
  const { [before]: from, ...others } = edit.context.seen ?? {}
  if (from === undefined) return edit
  const seen = from > 1 ? { ...others, [before]: from - 1 } : others
  return { ...edit, context: { ...edit.context, seen } }
}
