import { applyUpdate, Doc, encodeStateVector, mergeUpdates, type Text } from 'yjs'
import { hashText } from '../../../src/core/records/hash.ts'
import { fromBase64, toBase64 } from '../../../src/core/text/base64.ts'
import type { Splice } from '../../../src/core/text/difference.ts'
import { changeText } from '../../../src/core/text/manuscript.ts'
import { placePatches } from '../../../src/core/text/patches.ts'
import { MAX_WRITER, TEXT_NAME } from '../../../src/core/text/yjs-update.ts'
import type { TextAnswer } from '../../../src/protocol/down/text.ts'
import type { WireError } from '../../../src/protocol/errors.ts'
import { MAX_STRING_LENGTH } from '../../../src/protocol/limits.ts'
import type { TextOp, TextPatch } from '../../../src/protocol/text-op.ts'
import type { ReadText } from '../../../src/protocol/up/read-text.ts'
import type { EditHandle, EditResult, TextPort } from '../api/types.ts'
import { boundedPatches, joinPatch } from './join-patches.ts'

/** The world of an editor. */
type Port = {
  readonly edit: (change: TextOp, whole: string) => Pick<EditHandle, 'accepted'>
  /** Asks for the manuscript, as `have` says. */
  readonly ask: () => void
  readonly environment: TextPort['environment']
  readonly changed: () => void
}

/** Milliseconds after which a question is asked again that could not be answered, where the answer says none. */
const RETRY_MS = 500

/** Units of the text before a place that a patch remembers. */
const REMEMBERED = 12

/**
 * One manuscript of Yjs, what was typed in it and not sent, and what was sent and not answered.
 *
 *   typed        in the manuscript at once; goes up alone while nothing is on its way, and together otherwise
 *   answered     the next goes up
 *   row moved    the manuscript is asked for: what it has beyond this one
 *   other        the object's manuscript is another (made anew, or without an edit that was refused): once nothing is on
 *                its way this one is given up for it, and what was not sent is done on it again
 *
 * Until the manuscript has come it is made of the row's text, and nothing in it is of use to others: what is typed goes
 * up by its patches.
 */
export class TextEditor {
  readonly #port: Port
  #doc: Doc
  #lineage: string | undefined
  /** The object has another manuscript, or one without what is here. */
  #isLost = false
  #isAsking = false
  #isToAsk = false
  #holds = 0
  #unanswered = 0
  #isDue = false
  #patches: readonly TextPatch[] = []
  #updates: Uint8Array[] = []
  #last: Promise<EditResult> | undefined
  #error: WireError | undefined

  /** @param text as the row has it */
  constructor(port: Port, text: string) {
    this.#port = port
    this.#doc = this.#newDoc()
    changeText(this.#doc.getText(TEXT_NAME), text)
  }

  get doc(): Doc {
    return this.#doc
  }

  get text(): string {
    return this.#doc.getText(TEXT_NAME).toString()
  }

  /** Is something typed that is not accepted? */
  get isPending(): boolean {
    return this.#unanswered > 0 || this.#patches.length > 0
  }

  /** Why what was typed last had no effect. */
  get error(): WireError | undefined {
    return this.#error
  }

  /** What the next question is to say: nothing, where all of the manuscript is wanted. */
  get have(): ReadText['have'] {
    if (this.#lineage === undefined || this.#isLost) return undefined
    return { lineage: this.#lineage, vector: toBase64(encodeStateVector(this.#doc)) }
  }

  /** Somebody types here: splices of the text as it is, by rising place. */
  type(splices: readonly Splice[]): void {
    if (splices.length === 0) return
    const text = this.#doc.getText(TEXT_NAME)
    this.#doc.transact(() => {
      for (const { at, deleted, inserted } of [...splices].reverse()) {
        const before = text.toString()
        const patch: TextPatch = [
          at,
          before.slice(at, at + deleted),
          inserted,
          before.slice(Math.max(0, at - REMEMBERED), at).replace(/^[\udc00-\udfff]/, ''),
        ]
        this.#patches = joinPatch(this.#patches, patch)
        replace(text, at, deleted, inserted)
      }
    }, this)
    this.#sendSoon()
    this.#port.changed()
  }

  /** The row has a text, own edits included. */
  rowIs(text: string): void {
    if (text !== this.text) this.ask()
  }

  /** Asks for what the object's manuscript has beyond this one; once more, if it is being asked. */
  ask(): void {
    this.#isToAsk = true
    if (this.#isAsking || this.#holds > 0) return
    this.#isToAsk = false
    this.#isAsking = true
    this.#port.ask()
  }

  /** The connection is gone, and with it what was asked; a new one asks by itself. */
  asksAgain(): void {
    this.#isAsking = true
    this.#isToAsk = false
  }

  answered(answer: TextAnswer): void {
    this.#isAsking = false
    if ('error' in answer) this.#refused(answer.error)
    else if (this.#holds > 0) this.#isToAsk = true
    else this.#take(answer.manuscript)
    if (this.#isToAsk) this.ask()
    this.#port.changed()
  }

  /** Keeps the changes of others back. Returns how to go on. */
  hold(): () => void {
    this.#holds++
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      this.#holds--
      if (this.#isToAsk && this.#holds === 0) this.ask()
    }
  }

  /** Sends what was typed, whatever is on its way. Resolves when the last edit is accepted or refused. */
  async flush(): Promise<EditResult | undefined> {
    this.#send()
    return this.#last
  }

  #refused(error: WireError): void {
    if (error.retryable) this.#port.environment.setTimer(error.retryAfterMs ?? RETRY_MS, () => this.ask())
    else this.#error = error
  }

  #take({ lineage, update, hash, whole }: Extract<TextAnswer, { manuscript: unknown }>['manuscript']): void {
    const bytes = fromBase64(update)
    if (!bytes) throw new Error('the server sent an update that is no base64')
    const isOther = whole === true || this.#isLost || lineage !== this.#lineage
    if (isOther && this.#unanswered > 0) {
      this.#isLost = true
      return
    }
    if (isOther) this.#becomes(bytes, lineage)
    else applyUpdate(this.#doc, bytes)
    // Something of this one never came to the object's, or came to be otherwise.
    if (this.isPending || hashText(this.text) === hash) return
    this.#isLost = true
    this.#isToAsk = true
  }

  /** Gives this manuscript up for the object's, on which what was not sent is done again. */
  #becomes(update: Uint8Array, lineage: string): void {
    const unsent = this.#patches
    const doc = this.#newDoc()
    applyUpdate(doc, update)
    this.#doc.destroy()
    this.#doc = doc
    this.#lineage = lineage
    this.#isLost = false
    this.#updates = []
    if (unsent.length === 0) return
    const { patches } = placePatches(this.text, unsent)
    this.#patches = patches
    const text = doc.getText(TEXT_NAME)
    doc.transact(() => {
      for (const [at, gone, come] of patches) replace(text, at, gone.length, come)
    }, this)
    this.#sendSoon()
  }

  #sendSoon(): void {
    if (this.#isDue || this.#unanswered > 0) return
    this.#isDue = true
    this.#port.environment.soon(() => {
      this.#isDue = false
      if (this.#unanswered === 0) this.#send()
    })
  }

  #send(): void {
    if (this.#patches.length === 0) return
    const patches = [...boundedPatches(this.#patches, this.text)]
    const update = this.#updates.length > 0 ? toBase64(mergeUpdates(this.#updates)) : ''
    this.#patches = []
    this.#updates = []
    const lineage = this.#isLost ? undefined : this.#lineage
    const isMade = lineage !== undefined && update.length <= MAX_STRING_LENGTH
    if (!isMade && this.#lineage !== undefined) this.#isLost = true
    const { accepted } = this.#port.edit({ patches, ...(isMade && { made: { lineage, update } }) }, this.text)
    this.#unanswered++
    this.#last = accepted
    void accepted.then((result) => this.#settled(result))
  }

  #settled(result: EditResult): void {
    this.#unanswered--
    this.#error = result.ok ? undefined : result.error
    // Its words are in this manuscript and in no other.
    if (!result.ok) this.#isLost = true
    if (this.#unanswered === 0) {
      if (this.#isLost || this.#lineage === undefined) this.ask()
      if (this.#patches.length > 0) this.#sendSoon()
    }
    this.#port.changed()
  }

  #newDoc(): Doc {
    const doc = new Doc()
    // Never the one by which the object writes.
    doc.clientID = 1 + Math.floor(this.#port.environment.random() * MAX_WRITER)
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === this) this.#updates.push(update)
    })
    return doc
  }
}

function replace(text: Text, at: number, deleted: number, inserted: string): void {
  if (deleted > 0) text.delete(at, deleted)
  if (inserted !== '') text.insert(at, inserted)
}
