import type { SecondCopies, SecondCopy } from '../../src/disk/second-copy.ts'

/** SecondCopies that outlive the clients that write them, and that a test may spoil. */
export class MemoryCopies implements SecondCopies {
  readonly files = new Map<string, string[]>()
  /** There is none to be had. */
  isAbsent = false
  /** Nothing can be written. */
  isFull = false

  async open(owner: string): Promise<SecondCopy> {
    if (this.isAbsent) throw new Error('There is no copy.')
    const lines = this.files.get(owner) ?? []
    this.files.set(owner, lines)
    return {
      read: async () => [...lines],
      append: async (added) => {
        if (this.isFull) throw new Error('The file is full.')
        lines.push(...added)
      },
      clear: async () => {
        lines.length = 0
      },
      close: () => {},
    }
  }

  async remove(owner: string): Promise<void> {
    this.files.delete(owner)
  }
}
