import * as v from 'valibot'
import { MAX_TOKEN_BYTES } from '../limits.ts'

/** A fresh token for the same subject and tenant. */
export const authSchema = v.tuple([v.literal('auth'), v.pipe(v.string(), v.maxLength(MAX_TOKEN_BYTES))])
