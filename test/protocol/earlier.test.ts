import { expect, it } from 'vitest'
import { decodeDown, encodeDown } from '../../src/protocol/codec/codec.ts'
import type { Down } from '../../src/protocol/down/down.ts'
import type { Policy } from '../../src/protocol/manifest.ts'

function welcome(...policies: Policy[]): Extract<Down, readonly ['welcome', unknown]> {
  const columns = policies.map((policy, index) => ({
    name: `c${index}`,
    type: 'integer' as const,
    nullable: false,
    policy,
  }))
  const collections = [{ name: 'cards', columns, insertOnly: false, deletes: 'win' as const }]
  const log = { epoch: 'e1', seq: 4, committed: 4, known: 0, reverts: [], expiresAt: 1_795_000_000 }
  const about = { protocol: 6, session: 's1', owner: '["acme","ada"]' }
  return ['welcome', { ...about, ...log, manifestHash: 'h1', manifest: { hash: 'h1', collections } }]
}

/** The policies that a client of version 6 is told, and the hash of its manifest. */
function told(frame: Down) {
  const decoded = decodeDown(encodeDown(frame, 6), 6)
  if (!decoded.ok || decoded.frame[0] !== 'welcome') throw new Error('version 6 cannot read it')
  const { manifest, manifestHash } = decoded.frame[1]
  return {
    policies: manifest?.collections.flatMap(({ columns }) => columns.map(({ policy }) => policy)),
    hashes: [manifest?.hash, manifestHash],
  }
}

it('PRO-24 a policy that version 6 does not know is told as one that it does, under a hash of its own', () => {
  const frame = welcome({ kind: 'max' }, { kind: 'min' }, { kind: 'counter' }, { kind: 'effect', of: 'max' })
  expect(told(frame)).toEqual({
    policies: [{ kind: 'lww' }, { kind: 'lww' }, { kind: 'counter' }, { kind: 'effect', of: 'lww' }],
    hashes: ['h1-6', 'h1-6'],
  })
  expect(JSON.parse(encodeDown(frame, 7))).toEqual(frame)
})

it('PRO-24 a manifest without one is told as it is, and so is a welcome without a manifest', () => {
  const frame = welcome({ kind: 'immutable' }, { kind: 'effect', of: 'counter' }, { kind: 'lww' })
  expect(JSON.parse(encodeDown(frame, 6))).toEqual(frame)
  const { manifest: _, ...rest } = welcome({ kind: 'max' })[1]
  expect(JSON.parse(encodeDown(['welcome', rest], 6))).toEqual(['welcome', rest])
})

it('PRO-24 version 6 itself does not read the policies it does not know', () => {
  expect(decodeDown(JSON.stringify(welcome({ kind: 'max' })), 6)).toMatchObject({ ok: false })
})
