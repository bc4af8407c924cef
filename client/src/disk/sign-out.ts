import type { SignOut } from '../api/persistence.ts'
import type { Queue } from '../queue/queue.ts'

type Port = {
  readonly queue: () => Queue
  /** Calls after everything that happens. Returns how to stop. */
  readonly changes: (run: () => void) => () => void
  /** Is there a disk that unsent edits can stay on? */
  readonly canKeep: () => boolean
  /** Ends the client, and takes the person off the device. */
  readonly leave: (keepsEdits: boolean) => Promise<void>
}

/** Signs a person out, unless edits are unsent: then it says what can become of them. */
export async function signOut(port: Port): Promise<SignOut> {
  const unsent = port.queue().unanswered
  if (unsent === 0) return leave(port, false)
  return {
    done: false,
    unsent,
    keep: () => (port.canKeep() ? leave(port, true) : signOut(port)),
    discard: () => leave(port, false),
    send: async () => {
      await untilAnswered(port)
      return leave(port, false)
    },
  }
}

async function leave({ leave }: Port, keepsEdits: boolean): Promise<SignOut> {
  await leave(keepsEdits)
  return { done: true }
}

function untilAnswered({ queue, changes }: Port): Promise<void> {
  return new Promise((resolve) => {
    const stop = changes(() => {
      if (queue().unanswered > 0) return
      stop()
      resolve()
    })
  })
}
