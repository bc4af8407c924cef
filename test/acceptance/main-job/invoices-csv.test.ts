import { describe, expect, it } from 'vitest'
import { InputError } from './input-error.ts'
import { parseInvoices } from './invoices-csv.ts'
import { planLives } from './plan.ts'
import { sampleCsv } from './sample.ts'

const HEADER = 'InvoiceNo,InvoiceDate,CustomerID,TotalPrice'
const file = (...lines: string[]) => [HEADER, ...lines].join('\n')

describe('the invoices of a file', () => {
  it('E2E-3 come with pounds rounded to cents', () => {
    const cents = ['22.200000000000003', '139.12', '0.0', '1.005', '7', '2e1'].map(
      (total) => parseInvoices(file(`1,2010-12-01,17850,${total}`))[0]?.totalCents,
    )
    expect(cents).toEqual([2220, 13912, 0, 101, 700, 2000])
  })

  it('E2E-3 are found whatever the order of columns, line ends and quotes', () => {
    const text =
      '\uFEFFTotalPrice,Country,InvoiceNo,CustomerID,InvoiceDate\r\n1.50,"Korea, South",A1,"O""Neill",2010-12-01 08:26:00\r\n'
    expect(parseInvoices(text)).toEqual([
      { number: 'A1', date: '2010-12-01', customer: 'O"Neill', totalCents: 150 },
    ])
  })

  it.each([
    ['an empty file', '', 'Line 1: there is no column "InvoiceNo"'],
    [
      'a header without a column',
      'InvoiceNo,InvoiceDate,TotalPrice',
      'Line 1: there is no column "CustomerID"',
    ],
    ['a header alone', HEADER, 'There is no invoice'],
    ['a missing field', file('1,2010-12-01,17850,1', '2,2010-12-01,17850'), 'Line 3: 3 fields instead of 4'],
    ['an amount with a currency', file('1,2010-12-01,17850,£7'), 'Line 2: TotalPrice is "£7"'],
    ['an amount that does not fit', file('1,2010-12-01,17850,1e300'), 'Line 2: TotalPrice is "1e300"'],
    ['an empty amount', file('1,2010-12-01,17850,'), 'Line 2: TotalPrice is ""'],
    ['a day that does not exist', file('1,2010-02-30,17850,1'), 'Line 2: InvoiceDate is "2010-02-30"'],
    ['a day the other way round', file('1,01/12/2010,17850,1'), 'Line 2: InvoiceDate is "01/12/2010"'],
    ['no customer', file('1,2010-12-01,,1'), 'Line 2: CustomerID is empty'],
    [
      'an invoice twice',
      file('1,2010-12-01,7,1', '', '1,2010-12-01,7,1'),
      'Line 4: invoice 1 is on line 2 already',
    ],
    ['an open quote', file('1,2010-12-01,"7,1'), 'Line 2: a double quote is opened'],
  ])('E2E-3 %s is answered with the line and what is wrong', (_, text, message) => {
    expect(() => parseInvoices(text)).toThrow(InputError)
    expect(() => parseInvoices(text)).toThrow(message)
  })
})

describe('what happens to them', () => {
  const lives = planLives(parseInvoices(sampleCsv(1)), 1)
  const steps = lives.flatMap(({ stages }) => stages.flat())

  it('E2E-4 depends on the seed alone', () => {
    expect(planLives(parseInvoices(sampleCsv(1)), 1)).toEqual(lives)
    expect(planLives(parseInvoices(sampleCsv(1)), 2)).not.toEqual(lives)
  })

  it('E2E-4 contains every kind of step, by both clients', () => {
    const kinds = new Set(steps.map((step) => `${step.do} ${step.by}`))
    expect(kinds.size).toBe(12)
  })

  it('E2E-4 never pays more than the total', () => {
    for (const { invoice, stages } of lives) {
      const paid = stages.flat().reduce((sum, step) => sum + (step.do === 'pay' ? step.cents : 0), 0)
      expect(paid).toBeLessThanOrEqual(Math.max(0, invoice.totalCents))
    }
  })
})
