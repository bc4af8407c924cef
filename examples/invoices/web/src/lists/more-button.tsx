import type { Chunk } from './use-chunk.ts'

/** Shows more of a long list; nothing when all of it is shown. */
export function MoreButton({ chunk: { hidden, next, showMore } }: { chunk: Chunk<unknown> }) {
  if (hidden === 0) return undefined
  return (
    <button type="button" className="more" onClick={showMore}>
      Show {next} more of {hidden}
    </button>
  )
}
