import { createHash } from 'node:crypto'

/** A line of a tenant's history, with its large texts as their digests. Digests and hashes are in hex. */
export type ChainLine = {
  /** Its place among the tenant's lines, counted from 1. */
  readonly line: number
  readonly epoch: string
  /** As Postgres writes it: a bigint. */
  readonly lastSeq: string
  /** The seq of its first edit; undefined where its content does not say. */
  readonly firstSeq: number | undefined
  readonly previous: string
  readonly hash: string
  /** The SHA-256 of edits, changes and refusal, in this order. */
  readonly digests: readonly [string, string, string]
}

/** The hash before a tenant's first line. */
export const NO_LINE = '00'.repeat(32)

/** The hash that a line has to have. `tidemark.hash_line` writes the same; neither asks the other. */
export function hashLine(tenant: string, { previous, epoch, lastSeq, digests }: ChainLine): string {
  const seq = Buffer.alloc(8)
  seq.writeBigInt64BE(BigInt(lastSeq))
  const parts = [
    Buffer.from(previous, 'hex'),
    sha256(tenant),
    sha256(epoch),
    seq,
    ...digests.map((digest) => Buffer.from(digest, 'hex')),
  ]
  return sha256(Buffer.concat(parts)).toString('hex')
}

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest()
