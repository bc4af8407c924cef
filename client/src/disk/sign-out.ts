import type { PersistenceState, SignOut } from '../api/persistence.ts'
import type { PersistPort } from '../parts/persist.ts'
import type { Queue } from '../queue/queue.ts'
import type { Disk } from './disk.ts'
import type { Writer } from './writer.ts'

type Port = {
  readonly client: Pick<PersistPort, 'people' | 'sharing' | 'close'>
  readonly disk: Disk
  readonly state: () => PersistenceState
  readonly writer: () => Writer | undefined
  /** Resolves once it is known what the page has of whoever uses it, or it is not going to be. */
  readonly settled: () => Promise<void>
  readonly isOver: () => boolean
  /** Called after everything that happens. */
  readonly ears: Set<() => void>
  /** Nothing is to be kept of the page from now on but what is written at last. */
  readonly end: () => void
  readonly finish: (batches: Parameters<Writer['finish']>[0]) => Promise<void>
}

/** Signs a person out, unless edits may be unsent: then it says what can become of them. */
export async function signOut(port: Port): Promise<SignOut> {
  await port.settled()
  const own = port.client.people.current.queue
  const unsent = await unsentOf(port)
  const leave = async (keepsEdits: boolean): Promise<SignOut> => {
    // Somebody else uses the page by now, of whom nothing was asked.
    if (port.client.people.current.queue !== own) return signOut(port)
    await leaveDevice(port, keepsEdits)
    return { done: true }
  }
  if (unsent === 0) return leave(false)
  return {
    done: false,
    unsent: unsent ?? own.unanswered,
    keep: () => (port.writer() ? leave(true) : signOut(port)),
    discard: () => leave(false),
    send: async () => {
      await untilAnswered(port, own)
      // What is on a disk that this page has not read, it cannot send.
      return signOut(port)
    },
  }
}

/** What waits to be sent, of this page and on a disk that it has not read; undefined where the disk does not say. */
async function unsentOf({ client, disk, state, writer, isOver }: Port): Promise<number | undefined> {
  const { name, clientId, queue } = client.people.current
  const hasAll = writer() !== undefined && !isOver()
  if (hasAll || name === undefined || state() === 'elsewhere') return queue.unanswered
  try {
    const store = await disk.open(name, () => {})
    // With what only the file has, which is deleted as well.
    const kept = await store.load()
    store.close()
    // What a page had when it was closed is on the disk; what it still has is not counted twice.
    const isRead = !isOver() && kept?.client.clientId === clientId
    const unread = isRead ? [] : (kept?.edits ?? []).filter(({ accepted }) => accepted === undefined)
    return queue.unanswered + unread.length
  } catch {
    return undefined
  }
}

/** @param keepsEdits what is unsent stays, for when the same person is back */
async function leaveDevice(port: Port, keepsEdits: boolean): Promise<void> {
  const { client, disk, state } = port
  const { name } = client.people.current
  const ledger = port.writer()?.ledger
  const last = keepsEdits ? [ledger?.takeEdits(), ledger?.giveRowsUp()] : []
  port.end()
  // Before the end of the client, with which all edits end.
  const finished = port.finish(last)
  client.close()
  client.sharing?.tell('signed-out')
  if (state() !== 'elsewhere') await disk.remember(undefined)
  await finished
  // Where another page has the disk, the person is still there.
  if (!keepsEdits && name !== undefined && state() !== 'elsewhere') await disk.remove(name)
}

function untilAnswered({ ears }: Port, queue: Queue): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (queue.unanswered > 0) return
      ears.delete(look)
      resolve()
    }
    ears.add(look)
    look()
  })
}
