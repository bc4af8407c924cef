import { differences } from './differences.ts'

/** A text in which what another one has not is marked. */
export function MarkedText({ text, other }: { text: string; other: string }) {
  return differences(text, other).map(({ text: piece, differs }, i) =>
    // The pieces have no names but their places.
    // biome-ignore lint/suspicious/noArrayIndexKey: as above
    differs ? <mark key={i}>{piece}</mark> : <span key={i}>{piece}</span>,
  )
}
