import * as v from 'valibot'
import { UNNAMED_VERSION } from '../codec/earlier.ts'
import { chooseVersion, PROTOCOL_VERSION } from '../version.ts'
import { tokenMarksSchema } from './credential.ts'

/**
 * What the Worker tells the object about a new socket. The two may run different versions for some
 * minutes during a deploy, so the message names its own.
 */
const principalSchema = v.object({
  version: v.literal(1),
  claims: v.looseObject({ sub: v.string(), tenant: v.string() }),
  expiresAt: v.number(),
  /** What the token says of itself; absent from a Worker of an earlier deployment. */
  marks: v.optional(tokenMarksSchema),
  /** What the session is to be called; a name of the object's own when absent. Whoever knows it may speak for it. */
  session: v.optional(v.string()),
  /** Versions of the protocol that the client offers. The object chooses, because it is the one that speaks. */
  protocols: v.optional(v.array(v.number())),
})

export type Principal = v.InferOutput<typeof principalSchema>

/** The header that carries it. */
export const PRINCIPAL_HEADER = 'x-tidemark-principal'

export function encodePrincipal(principal: Principal): string {
  return encodeURIComponent(JSON.stringify(principal))
}

/** Reads the Worker's message. Throws when it is not one. */
export function decodePrincipal(text: string): Principal {
  return v.parse(principalSchema, JSON.parse(decodeURIComponent(text)))
}

/** The version in which a new session begins; its hello may name another. */
export function versionFor({ protocols = [UNNAMED_VERSION] }: Principal): number {
  return chooseVersion(protocols) ?? PROTOCOL_VERSION
}
