import { expect, it } from 'vitest'
import { hashText } from '../../src/core/records/hash.ts'
import { downSchemas } from '../../src/protocol/down.ts'
import { querySchema } from '../../src/protocol/query.ts'
import { upSchemas } from '../../src/protocol/up.ts'
import { PROTOCOL_VERSION, SUBPROTOCOL } from '../../src/protocol/version.ts'
import { structure } from '../support/fingerprint.ts'

/** The schemas' fingerprint at each version. A changed frame adds a line; it never edits one. */
const FINGERPRINTS: Readonly<Record<number, string>> = {
  1: '2ezy5n5mdh9',
  2: 'k6wk68xgmw',
  3: 'jpw670junv',
  4: '2ahent6k5sf',
  5: 'nturdff9hs',
  6: 'v19ehds831',
}

it('PRO-5 a change of any frame schema moves the protocol version', () => {
  const schemas = Object.entries({ ...upSchemas, ...downSchemas, query: querySchema }).map(
    ([kind, schema]) => [kind, structure(schema)],
  )
  expect(hashText(JSON.stringify(schemas))).toBe(FINGERPRINTS[PROTOCOL_VERSION])
})

it('PRO-5 the subprotocol carries the version', () => {
  expect(SUBPROTOCOL).toBe(`tidemark.v${PROTOCOL_VERSION}`)
})
