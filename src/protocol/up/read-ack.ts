import * as v from 'valibot'

/** The characters of frames that the client has read on this connection: credit for as many more. */
export const readAckSchema = v.tuple([
  v.literal('read-ack'),
  v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
])
