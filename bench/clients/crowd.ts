import { RawPeer } from '../../dev/harness/raw-peer.ts'
import type { Stack } from '../../dev/invoices/stack.ts'

/** Sockets that one person may have. */
const SOCKETS_PER_PERSON = 8

/** Sockets that are opened at a time. */
const AT_A_TIME = 50

/** Who somebody in a crowd is. */
export const personOf = (index: number) => `person-${Math.floor(index / SOCKETS_PER_PERSON)}`

/** Opens many sockets of a tenant, as many persons as that takes. */
export async function openCrowd(stack: Stack, tenant: string, size: number): Promise<RawPeer[]> {
  const peers: RawPeer[] = []
  while (peers.length < size) {
    const count = Math.min(AT_A_TIME, size - peers.length)
    const opening = Array.from({ length: count }, (_, i) => open(stack, tenant, peers.length + i))
    peers.push(...(await Promise.all(opening)))
  }
  return peers
}

async function open(stack: Stack, tenant: string, index: number): Promise<RawPeer> {
  const token = await stack.pass(tenant, personOf(index))
  return RawPeer.join({ url: stack.url, token, client: `crowd-${String(index).padStart(6, '0')}` })
}
