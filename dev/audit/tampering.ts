import type { ChainLine } from './line-hash.ts'

/** The ways in which a chain can be found changed. */
export type TamperingKind =
  /** A line is not what it was when it was hashed. */
  | 'changed'
  /** A line is another than the one that the next was written after, and its hash is its own. */
  | 'replaced'
  /** A line that the next was not written after. */
  | 'inserted'
  /** Lines that others were written after are gone. */
  | 'missing'
  /** A line stands in another place. */
  | 'moved'
  /** The last lines are gone. */
  | 'cut'
  /** Lines beyond those that the ledger counts, or another last one. */
  | 'uncounted'
  /** Lines without a ledger. */
  | 'no-ledger'
  /** The chain is in itself in order, and is not the one that was printed earlier. */
  | 'rewritten'
  /** A tenant that was printed earlier is not there. */
  | 'gone'

/** One thing that was done to a tenant's history, and where. */
export type Tampering = {
  readonly tenant: string
  readonly kind: TamperingKind
  readonly fromLine: number
  readonly toLine: number
  /** The edits that it concerns, where they can be told. */
  readonly epoch?: string
  readonly fromSeq?: number
  readonly toSeq?: number
  /** A sentence that says what is wrong. */
  readonly message: string
}

/** The edits of a line, as far as it says. */
export function editsOf({ epoch, firstSeq, lastSeq }: ChainLine) {
  const toSeq = Number(lastSeq)
  return { epoch, fromSeq: firstSeq ?? toSeq, toSeq }
}

/** `acme, line 5 (epoch 01J, seq 12 to 40): its content was changed.` */
export function toSentence({ tenant, fromLine, toLine, message, ...edits }: Tampering): string {
  const { epoch, fromSeq, toSeq } = edits
  const where = fromLine === toLine ? `line ${fromLine}` : `lines ${fromLine} to ${toLine}`
  const seqs = fromSeq === toSeq ? `seq ${fromSeq}` : `seq ${fromSeq} to ${toSeq}`
  return `${tenant}, ${where}${epoch === undefined ? '' : ` (epoch ${epoch}, ${seqs})`}: ${message}`
}
