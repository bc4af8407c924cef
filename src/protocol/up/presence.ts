import * as v from 'valibot'
import { presenceSchema } from '../presence.ts'

/** Says where the session is, and of which places it wants to be told. Takes the place of what was said before. */
export const presenceUpSchema = v.tuple([v.literal('presence'), presenceSchema])
