import { people } from '../../src/core/app/audience.ts'
import type { Op } from '../../src/protocol/edit.ts'
import { noticeBoard } from '../fixtures/notice-board.ts'
import { Author, insert, MemoryTenant, outcome } from './memory-tenant.ts'
import { kindsFor, notificationsOf } from './told.ts'

/** Rules for notifications, by collection. */
export type NotifyRules = Parameters<typeof noticeBoard>[0]

/** Who Mia and Ivo are in the tenant of the core's tests. */
export const MIA = 'person of client-a1'
export const IVO = 'person of client-b2'

/** An insert of a card. */
export const card = (id = 'c1') => insert('cards', id, { title: 'Tide', owner: 'mia' })

/** A tenant of the notice board with two authors, and what people are told there. */
export function begin(rules: NotifyRules, options: Parameters<typeof noticeBoard>[1] = {}) {
  const application = noticeBoard(rules, options)
  const tenant = new MemoryTenant(application)
  const mia = new Author(tenant, 'client-a1')
  const ivo = new Author(tenant, 'client-b2')
  const send = (author: Author, ...ops: Op[]) => {
    author.look()
    return outcome(author.send(...ops))
  }
  const told = () => notificationsOf(tenant)
  const reads = (sub: string, claims: object = {}) => kindsFor(tenant, application, { sub, ...claims })
  return { application, tenant, mia, ivo, send, told, reads }
}

/** A notification for everybody. */
export const whole = (kind: string) => ({ to: people({}), kind, self: true })

/** Rules that tell everybody of everything that happens to cards. */
export const everything: NotifyRules = {
  cards: { insert: () => whole('made'), update: () => whole('changed'), delete: () => whole('gone') },
}
