import * as v from 'valibot'
import { wireErrorSchema } from '../errors.ts'

/** What is wrong with a frame, a subscription or the session. Before a close it is the reason. */
export const errorSchema = v.tuple([v.literal('error'), wireErrorSchema])
