import { expect, it } from 'vitest'
import { startStack } from '../../dev/invoices/stack.ts'
import { parseInvoices } from '../acceptance/main-job/invoices-csv.ts'
import { sampleCsv } from '../acceptance/main-job/sample.ts'
import { playMeetings } from '../acceptance/meetings/play.ts'

it('CNF-8 whatever loses unseen among many people is kept, both are told of it, and one call restores it', async () => {
  await using stack = await startStack()
  const extent = { people: 5, each: 6, rounds: 9, open: 3, seed: 8 }
  const { edits, meetings, lost, told, missing, unseen, restored } = await playMeetings(
    stack,
    parseInvoices(sampleCsv(extent.seed)),
    extent,
    () => undefined,
  )
  expect(edits).toBeGreaterThan(150)
  expect(meetings['lww']).toBeGreaterThan(20)
  expect(meetings['counter']).toBeGreaterThan(10)
  expect(lost).toBeGreaterThan(20)
  expect(meetings['text']).toBeGreaterThan(10)
  const { failures } = restored
  expect({ told, missing, unseen, failures }).toEqual({ told: lost, missing: 0, unseen: 0, failures: [] })
  expect(restored.restored + restored.unlawful).toBe(lost)
})
