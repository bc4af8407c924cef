import type { Invoice } from '../data/database.ts'

export type Status = Invoice['status']

/** In the order of an invoice's life. */
export const STATUSES = ['draft', 'sent', 'part_paid', 'paid', 'void'] as const satisfies readonly Status[]

const WORDS: Record<Status, string> = {
  draft: 'Draft',
  sent: 'Sent',
  part_paid: 'Part paid',
  paid: 'Paid',
  void: 'Void',
}

/**
 * Where an invoice may go from each status. The server decides; this only spares people a choice
 * that it would refuse, and a test keeps the two alike.
 */
const MOVES: Record<Status, readonly Status[]> = {
  draft: ['sent', 'void'],
  sent: ['part_paid', 'paid', 'void'],
  part_paid: ['paid', 'void'],
  paid: [],
  void: [],
}

export function statusWords(status: Status): string {
  return WORDS[status]
}

export function legalMoves(status: Status): readonly Status[] {
  return MOVES[status]
}

/** Whether money is still expected. */
export function isOpen(status: Status): boolean {
  return status === 'sent' || status === 'part_paid'
}

export function isStatus(text: string): text is Status {
  return Object.hasOwn(WORDS, text)
}
