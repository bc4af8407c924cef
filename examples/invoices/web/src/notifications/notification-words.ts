import { aboutWhat } from '../conflicts/conflict-words.ts'
import type { Database } from '../data/database.ts'
import { formatMoney } from '../invoices/money.ts'
import { isStatus, statusWords } from '../invoices/status.ts'
import type { Route } from '../navigation/route.ts'
import { listed, type Wording, whoOf } from '../wording/wording.ts'

export type Notification = ReturnType<Database['notifications']['getSnapshot']>['items'][number]

/** A notification as a person reads it. */
export type Told = {
  readonly title: string
  readonly detail: string
  /** Where following it leads; undefined where what it tells of is gone. */
  readonly to: Route | 'inbox' | undefined
}

/** What happened, in a line and a sentence, and where that is. */
export function toldOf(item: Notification, wording: Wording): Told {
  const who = whoOf(item.by, wording)
  const { what, route } = aboutWhat(item, wording)
  const { kind, data } = item
  switch (kind) {
    case 'invoice-created':
      return {
        title: `New invoice ${data.number}`,
        detail: `${who} created it over ${formatMoney(data.totalCents, wording.currency)}.`,
        to: route,
      }
    case 'invoice-status':
      return {
        title: `Invoice ${data.number} is ${statusIn(data.to).toLowerCase()}`,
        detail: `${who} moved it from ${statusIn(data.from)} to ${statusIn(data.to)}.`,
        to: route,
      }
    case 'invoice-deleted':
      // What was deleted has its history there, and the way back; somebody may have brought it back since.
      return {
        title: `Invoice ${data.number} was deleted`,
        detail: `${who} deleted it.`,
        to: { at: 'invoice', id: item.record },
      }
    case 'payment-received': {
      const amount = formatMoney(data.amountCents, wording.currency)
      const several = item.count > 1
      return {
        title: `${several ? `${item.count} payments` : 'Payment'} on ${data.number || 'an invoice'}`,
        detail: `${who} recorded ${several ? `them, ${amount} the last time` : amount}.`,
        to: aboutWhat({ collection: 'invoices', record: data.invoiceId }, wording).route,
      }
    }
    case 'conflict': {
      const others = item.by.filter((subject) => subject !== wording.self).map(wording.nameOf)
      return {
        title: `${item.count > 1 ? `${item.count} conflicts` : 'Conflict'} · ${what}`,
        detail: `${others.length > 0 ? listed(['You', ...others]) : 'Two people'} changed it, unseen by each other.`,
        to: 'inbox',
      }
    }
    case 'refused':
      return { title: `Undone · ${what}`, detail: `What you changed was undone. ${data.message}`, to: route }
    default:
      // Kept from another version of the application.
      return { title: what, detail: `${who} changed something.`, to: route }
  }
}

const KINDS: Readonly<Record<Notification['kind'], string>> = {
  'invoice-created': 'new invoices',
  'invoice-status': 'changes of status',
  'invoice-deleted': 'deleted invoices',
  'payment-received': 'payments',
  conflict: 'conflicts',
  refused: 'undone changes',
}

/** What a kind is called in a sentence. */
export function kindWords(kind: string): string {
  return isKind(kind) ? KINDS[kind] : kind
}

function isKind(kind: string): kind is Notification['kind'] {
  return Object.hasOwn(KINDS, kind)
}

/** What the bell is called for whoever does not see its count. */
export function bellWords(unseen: number): string {
  return unseen === 0 ? 'Notifications: none new' : `Notifications: ${unseen} new`
}

function statusIn(status: string): string {
  return isStatus(status) ? statusWords(status) : status
}
