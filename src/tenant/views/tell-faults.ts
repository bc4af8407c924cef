import type { Turn } from '../../core/edits/turn.ts'
import type { Publishing } from './publish.ts'

/** Says to whoever runs the service what went wrong in the application's own functions: of merging, and for notifications. */
export function tellFaults({ log }: Pick<Publishing, 'log'>, { faults, mergeFaults }: Turn): void {
  for (const fault of mergeFaults) log('merge-failed', fault)
  for (const fault of faults) log('notification-failed', fault)
}
