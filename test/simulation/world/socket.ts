import type { Socket } from '../../../src/platform/platform.ts'
import type { Judge } from '../judge/judge.ts'
import type { Link } from './link.ts'

/** Bytes that the platform keeps with a socket. */
const MAX_ATTACHMENT = 16_384

/** What an object says to the other end of a link, or the code with which it closes it. */
export type Outgoing =
  | { readonly link: Link; readonly text: string }
  | { readonly link: Link; readonly code: number }

/** The object's end of a link, as the platform gives it one. */
export function simulatedSocket(link: Link, say: (item: Outgoing) => void, judge: Judge): Socket {
  let readyState = 1
  return {
    get readyState() {
      return readyState
    },
    send: (text) => say({ link, text }),
    close: (code) => {
      if (readyState !== 1) return
      readyState = 2
      say({ link, code })
    },
    serializeAttachment: (attachment) => {
      const size = JSON.stringify(attachment).length
      judge.check('G18', size <= MAX_ATTACHMENT, () => `an attachment of ${size} characters`)
      link.attachment = structuredClone(attachment)
    },
    deserializeAttachment: () => link.attachment,
  }
}
