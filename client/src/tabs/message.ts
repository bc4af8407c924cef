import type { ShareNews } from '../parts/share.ts'

/** The messages among pages. A socket has a name that its page has drawn. */
export type Message =
  /** To the page that leads. */
  | { readonly is: 'open'; readonly socket: string; readonly page: string; readonly subject: string }
  | { readonly is: 'say'; readonly socket: string; readonly text: string }
  | { readonly is: 'close'; readonly socket: string }
  /** From it, to one socket. `soon`: it is not connected yet. `other`: it is connected for somebody else. */
  | { readonly is: 'soon'; readonly socket: string }
  | { readonly is: 'other'; readonly socket: string }
  | { readonly is: 'opened'; readonly socket: string; readonly subprotocol: string }
  | { readonly is: 'told'; readonly socket: string; readonly text: string }
  | { readonly is: 'closed'; readonly socket: string; readonly code: number }
  /** From it, to all: it leads from now on; it is connected. */
  | { readonly is: 'led' }
  | { readonly is: 'up' }
  /** Among all. */
  | { readonly is: 'news'; readonly news: ShareNews }

/** Whether something is one. The channel is this code's own by its name, so nothing else is posted in it. */
export function isMessage(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'is' in message
}
