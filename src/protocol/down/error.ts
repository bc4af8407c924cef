import * as v from 'valibot'
import { wireErrorSchema } from '../error-schema.ts'

/** A fault of a frame, a subscription or the session. Before a close it is the reason. */
export const errorSchema = v.tuple([v.literal('error'), wireErrorSchema])
