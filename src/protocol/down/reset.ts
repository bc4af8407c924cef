import * as v from 'valibot'
import { epochSchema } from '../id-schemas.ts'

/** The client's state is of another log: drop it, keep unfinished edits, subscribe anew. */
export const resetSchema = v.tuple([v.literal('reset'), v.object({ epoch: epochSchema, reason: v.string() })])
