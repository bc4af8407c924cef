/** From the first to give way, when there is no room for all, to the last. */
export const PRIORITIES = ['low', 'medium', 'high', 'critical'] as const

export type Priority = (typeof PRIORITIES)[number]
