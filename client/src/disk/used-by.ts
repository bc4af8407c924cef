import type { Disk } from './disk.ts'

/** The disk to a page that knows who uses it, as the server names them: whoever used it last is nobody to begin as. */
export function usedBy(disk: Disk, owner: string | undefined): Disk {
  return owner === undefined ? disk : { ...disk, latest: async () => owner }
}
