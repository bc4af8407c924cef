import type { Disk } from './disk.ts'

/** The disk to a page that knows who uses it: whoever used it last is nobody to begin as. */
export function usedBy(disk: Disk, subject: string | undefined): Disk {
  return subject === undefined ? disk : { ...disk, latest: async () => subject }
}
