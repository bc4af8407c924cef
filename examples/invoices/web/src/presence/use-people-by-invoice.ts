import type { Peer } from '@tidemark/client'
import { usePeers } from '@tidemark/client/react'
import { useMemo } from 'react'
import { useSession } from '../session/use-session.ts'

/** Who else looks at which invoice. */
export function usePeopleByInvoice(): ReadonlyMap<string, readonly Peer[]> {
  const { db } = useSession()
  const peers = usePeers(db, { collection: 'invoices' })
  return useMemo(() => {
    const byInvoice = new Map<string, readonly Peer[]>()
    for (const peer of peers) {
      const ids = peer.places.flatMap((place) => (typeof place === 'string' ? [] : [place.id]))
      for (const id of new Set(ids)) byInvoice.set(id, [...(byInvoice.get(id) ?? []), peer])
    }
    return byInvoice
  }, [peers])
}
