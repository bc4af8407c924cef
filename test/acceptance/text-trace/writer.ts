import { createClientIn } from '../../../client/src/client-in.ts'
import { hostEnvironment } from '../../../client/src/environment/host-environment.ts'
import { openTextIn } from '../../../client/src/text/open-text.ts'
import type { TextHandle } from '../../../client/src/text.ts'
import { network } from '../../../dev/harness/network.ts'
import { until } from '../../../dev/harness/until.ts'
import type { App } from '../../fixtures/board/sync.ts'
import type { Stack } from '../../support/stack.ts'

/** A real client with one text open, that sends and takes only when it is told to. */
export type Writer = {
  readonly text: TextHandle
  /** Sends all that is typed, and waits until it is accepted. */
  send(): Promise<void>
  /** Takes all that others have sent. */
  take(): Promise<void>
  /** The line is cut; another one is had at once. */
  cut(): void
  /** Edits made, and characters carried both ways. */
  readonly counts: () => { readonly edits: number; readonly carried: number }
  readonly isDone: () => boolean
  close(): void
}

/**
 * Opens the text of a board on a client of its own.
 *
 * @param place at least 0, below 1: the higher, the higher is its id of Yjs
 */
export async function openWriter(stack: Stack, id: string, place: number): Promise<Writer> {
  const line = network()
  const db = createClientIn<App>(
    hostEnvironment(() => line.open),
    { url: stack.url, tenant: 'acme', getToken: () => stack.token('ada') },
  )
  let edits = 0
  let ask = () => {}
  let questions = 0
  /** The numbers of questions that are on their way. */
  const asked: number[] = []
  let taken: (question: number) => void = () => {}
  const text = openTextIn(
    {
      ...db.texts,
      environment: {
        ...hostEnvironment(() => line.open),
        // What is typed waits until it is to be sent.
        soon: () => {},
        random: () => place,
      },
      edit(where, change, whole) {
        edits++
        return db.texts.edit(where, change, whole)
      },
      join(part) {
        ask = () => {
          part.disconnected()
          db.texts.changed()
        }
        db.texts.join({
          outgoing(version) {
            const frames = part.outgoing(version)
            asked.push(...frames.map(() => ++questions))
            return frames
          },
          heard(frame) {
            part.heard(frame)
            if (frame[0] !== 'text') return
            const question = asked.shift() ?? 0
            // One that could not be answered is asked again.
            if (!('error' in frame[2])) taken(question)
          },
          disconnected: () => part.disconnected(),
        })
      },
    },
    { collection: 'boardSettings', record: id, column: 'welcome' },
  )
  const stop = text.subscribe(() => undefined)
  await until('the text is there', () => text.getSnapshot().status === 'ready')
  const take = () =>
    new Promise<void>((resolve) => {
      // An answer to an earlier question may not have what there is now.
      const wanted = questions + 1
      taken = (question) => {
        if (question >= wanted) resolve()
      }
      ask()
    })
  await take()
  let goOn = text.hold()
  return {
    text,
    async send() {
      const result = await text.flush()
      if (result?.ok === false) throw new Error(`an edit was refused: ${result.error.message}`)
    },
    async take() {
      goOn()
      await take()
      goOn = text.hold()
    },
    cut() {
      line.cut()
      asked.length = 0
      db.connection.retry()
    },
    counts: () => ({ edits, carried: line.carried() }),
    isDone: () => db.connection.getSnapshot().pending === 0 && !text.getSnapshot().pending,
    close() {
      stop()
      db.close()
    },
  }
}
