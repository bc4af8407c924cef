import type { LosingValue } from '@tidemark/client'
import type { Wording } from '../wording/wording.ts'

const DID = {
  kept: 'kept what had come out.',
  restored: 'restored this.',
  replaced: 'chose another text.',
  dismissed: 'left it as it was.',
} as const

/** Who ended a conflict, and how. */
export function endingOf(
  { state, resolution, resolvedBy }: Pick<LosingValue, 'state' | 'resolution' | 'resolvedBy'>,
  { self, nameOf }: Pick<Wording, 'self' | 'nameOf'>,
): string {
  if (state === 'superseded') return 'Written again by somebody who had seen both.'
  const who = !resolvedBy ? 'Somebody' : resolvedBy === self ? 'You' : nameOf(resolvedBy)
  return `${who} ${resolution ? DID[resolution] : 'closed it.'}`
}
