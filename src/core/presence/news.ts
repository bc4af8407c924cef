import type { Peer } from '../../protocol/down/peers.ts'
import { hashText } from '../records/hash.ts'

/** The people that a session was told of: by subject, as text. */
export type Told = ReadonlyMap<string, string>

/** The people as texts, by which what was told is compared with what is. */
export function asTold(peers: readonly Peer[]): Told {
  return new Map(peers.map((peer) => [peer.subject, JSON.stringify(peer)]))
}

/** A short name of what was told, which outlives the object's sleep. */
export function toldHash(told: Told): string {
  return hashText([...told.values()].sort().join('\n'))
}

/** The difference that brings a session from what it was told to what is now; undefined where there is none. */
export function newsSince(
  told: Told,
  peers: readonly Peer[],
): { readonly peers?: Peer[]; readonly gone?: string[] } | undefined {
  const now = asTold(peers)
  const news = peers.filter(({ subject }) => told.get(subject) !== now.get(subject))
  const gone = [...told.keys()].filter((subject) => !now.has(subject))
  if (news.length === 0 && gone.length === 0) return undefined
  return { ...(news.length > 0 && { peers: news }), ...(gone.length > 0 && { gone }) }
}
