import { Random } from '../../../dev/harness/random.ts'

/** Lines of a generated sample: enough for every kind of step to occur many times. */
const SAMPLE_SIZE = 600

/** A generated file of the same shape as a real one, so that the job runs without one. */
export function sampleCsv(seed: number, size = SAMPLE_SIZE): string {
  const random = new Random(seed)
  const start = Date.UTC(2025, 0, 6)
  const lines = Array.from({ length: size }, (_, i) => {
    const date = new Date(start + Math.floor(i / 7) * 86_400_000).toISOString().slice(0, 10)
    // Many small totals, few large ones, and the artefacts of adding prices up in binary.
    const pounds = 3 + random.next() ** 4 * 4_000
    return `${700_000 + i},${date},${random.whole(12_000, 12_000 + Math.ceil(size / 4))},${pounds}`
  })
  return ['InvoiceNo,InvoiceDate,CustomerID,TotalPrice', ...lines, ''].join('\n')
}
