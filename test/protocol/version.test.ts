import type * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { hashText } from '../../src/core/records/hash.ts'
import { upSchemasOf } from '../../src/protocol/codec/earlier.ts'
import { downSchemasOf } from '../../src/protocol/codec/earlier-down.ts'
import { downSchemas } from '../../src/protocol/down/down.ts'
import { querySchema } from '../../src/protocol/query.ts'
import { upSchemas } from '../../src/protocol/up/up.ts'
import {
  chooseVersion,
  MIN_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  SPOKEN_VERSIONS,
  SUBPROTOCOL,
  SUBPROTOCOLS,
  subprotocolOf,
  versionOf,
} from '../../src/protocol/version.ts'
import { structure } from '../support/fingerprint.ts'

/** The schemas' fingerprint at each version. A changed frame adds a line; it never edits one. */
const FINGERPRINTS: Readonly<Record<number, string>> = {
  1: '2ezy5n5mdh9',
  2: 'k6wk68xgmw',
  3: 'jpw670junv',
  4: '2ahent6k5sf',
  5: 'nturdff9hs',
  6: 'v19ehds831',
  7: '185in2f26wy',
  8: '1bx871di3it',
}

const today: ReadonlySet<unknown> = new Set(Object.values({ ...upSchemas, ...downSchemas }))

/** What an earlier version's schema takes, without the way to today's form that comes after it. */
function taken(schema: v.GenericSchema): unknown {
  if (today.has(schema) || !('pipe' in schema)) return schema
  return Array.isArray(schema.pipe) ? schema.pipe[0] : undefined
}

describe.each(SPOKEN_VERSIONS)('version %i', (version) => {
  it('PRO-5 a change of any frame schema moves the protocol version', () => {
    const schemas = Object.entries({
      ...upSchemasOf(version),
      ...downSchemasOf(version),
      query: querySchema,
    }).map(([kind, schema]) => [kind, structure(taken(schema))])
    expect(hashText(JSON.stringify(schemas))).toBe(FINGERPRINTS[version])
  })

  it('PRO-5 the subprotocol carries the version', () => {
    expect(subprotocolOf(version)).toBe(`tidemark.v${version}`)
    expect(versionOf(subprotocolOf(version))).toBe(version)
  })
})

it('PRO-20 the versions from the floor to the newest are spoken, and a client offers the newest first', () => {
  expect(SPOKEN_VERSIONS[0]).toBe(PROTOCOL_VERSION)
  expect(SPOKEN_VERSIONS.at(-1)).toBe(MIN_PROTOCOL_VERSION)
  expect(SPOKEN_VERSIONS).toHaveLength(PROTOCOL_VERSION - MIN_PROTOCOL_VERSION + 1)
  expect(SUBPROTOCOLS.map(versionOf)).toEqual(SPOKEN_VERSIONS)
  expect(SUBPROTOCOLS[0]).toBe(SUBPROTOCOL)
})

it.each([
  'chat',
  '',
  'tidemark.v',
  'tidemark.v6.5',
  'tidemark.v1e400',
  'tidemark.v07.',
  'bearer.tidemark.v7',
])('PRO-20 "%s" stands for no version', (subprotocol) => {
  expect(versionOf(subprotocol)).toBeNaN()
})

it('PRO-20 the newest version of both sides is chosen, and none below the floor or above the newest', () => {
  const above = PROTOCOL_VERSION + 1
  const below = MIN_PROTOCOL_VERSION - 1
  expect(chooseVersion([below, ...SPOKEN_VERSIONS, above])).toBe(PROTOCOL_VERSION)
  expect(chooseVersion([below, MIN_PROTOCOL_VERSION])).toBe(MIN_PROTOCOL_VERSION)
  expect(chooseVersion([below, above, Number.NaN])).toBeUndefined()
})
