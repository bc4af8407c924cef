import * as v from 'valibot'
import { placeSchema } from '../presence.ts'

/** Another person who is somewhere: by the words of their token, and in those places that the reader may know of. */
export const peerSchema = v.object({
  subject: v.string(),
  name: v.string(),
  /** What else of their token the application shows. */
  claims: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean()]))),
  places: v.array(placeSchema),
})

export type Peer = v.InferOutput<typeof peerSchema>

/** The people in the places that a session follows, as far as they have changed. */
export const peersSchema = v.tuple([
  v.literal('peers'),
  v.object({
    /** The server counts on a sign of life every few seconds: this session is seen by another person, or sees one. */
    signs: v.boolean(),
    /** These are all: whoever is not among them is gone. */
    all: v.optional(v.literal(true)),
    /** Those who came, or are elsewhere than before. */
    peers: v.optional(v.array(peerSchema)),
    /** Subjects of those who left. */
    gone: v.optional(v.array(v.string())),
    /** Nothing was heard of the session, so that its places were forgotten. Whoever lives says them again. */
    again: v.optional(v.literal(true)),
  }),
])

export type PeersNews = v.InferOutput<typeof peersSchema>[1]
