import { expect, it, onTestFinished } from 'vitest'
import { RawPeer } from '../../dev/harness/raw-peer.ts'
import { until } from '../../dev/harness/until.ts'
import type { Op } from '../../src/protocol/edit.ts'
import { startStack } from '../support/stack.ts'

const TENANT = 'short'
const ROWS = 256
const PER_PUSH = 64
const ASSIGNEE = 'a-1'

const rowId = (place: number) => `c-${place}`

/** A value that is found in whatever frame carries it. */
const markerOf = (edit: number) => `w${String(edit).padStart(19, '0')}`

const insert = (collection: string, id: string, values: Extract<Op, { op: 'insert' }>['values']): Op => ({
  op: 'insert',
  collection,
  id,
  values,
})

/** Sets one field of a row to 20 characters that no other edit has. */
const write = (place: number, marker: number): readonly Op[] => [
  { op: 'update', collection: 'cards', id: rowId(place), fields: { notes: { set: markerOf(marker) } } },
]

it('SPD-3 an edit of one short field takes few bytes on the way to a reader', async () => {
  await using stack = await startStack({ vars: { POLL_CHANGES: 'off' } })
  const join = async (client: string) =>
    RawPeer.join({ url: stack.url, token: await stack.pass(TENANT, client), client: `${client}-00000000` })
  const [writer, reader] = [await join('writer'), await join('reader')]
  onTestFinished(() => {
    writer.close()
    reader.close()
  })
  await writer.loaded('assignees')
  await writer.push([insert('assignees', ASSIGNEE, { name: ASSIGNEE })])
  const places = Array.from({ length: ROWS }, (_, place) => place)
  for (let from = 0; from < ROWS; from += PER_PUSH) {
    const some = places.slice(from, from + PER_PUSH)
    await writer.push(
      ...some.map((place) => [
        insert('cards', rowId(place), {
          number: rowId(place),
          assigneeId: ASSIGNEE,
          targetPoints: 1_000,
        }),
      ]),
    )
  }
  await reader.follow({ collection: 'cards' })

  /** Bytes of data frames for each edit, once the reader has heard of the last. */
  const bytesOf = async (from: number, pushes: readonly (readonly number[])[]) => {
    let [bytes, marker] = [0, from]
    let heard = ''
    reader.onRows = (text) => {
      bytes += text.length
      heard = text
    }
    for (const places of pushes) {
      await writer.push(...places.map((place) => write(place, marker++)))
      await until('the reader has it', () => heard.includes(markerOf(marker - 1)))
    }
    return bytes / (marker - from)
  }
  const alone = places.slice(0, 100).map((place) => [place])
  const bursts = [0, 1, 2, 3].map((burst) => places.slice(burst * PER_PUSH, (burst + 1) * PER_PUSH))
  expect(await bytesOf(0, alone)).toBeLessThan(62)
  expect(await bytesOf(1_000, bursts)).toBeLessThan(40)
})
