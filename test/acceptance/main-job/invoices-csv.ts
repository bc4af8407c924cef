import { InputError } from './input-error.ts'

/** One line of the file. */
export type Invoice = {
  readonly number: string
  /** YYYY-MM-DD. */
  readonly date: string
  readonly customer: string
  readonly totalCents: number
}

const COLUMNS = ['InvoiceNo', 'InvoiceDate', 'CustomerID', 'TotalPrice'] as const
type ColumnName = (typeof COLUMNS)[number]

/** Characters an invoice number or a customer may have: they become part of a record's id. */
const MAX_NAME_LENGTH = 64

/**
 * Reads invoices from CSV text with the columns InvoiceNo, InvoiceDate, CustomerID, TotalPrice, in
 * any order and among others. Throws `InputError` at the first line that is wrong.
 */
export function parseInvoices(text: string): Invoice[] {
  const [header, ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  const places = findColumns(header ?? '')
  const linesByNumber = new Map<string, number>()
  const invoices: Invoice[] = []
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    const at = index + 2
    const invoice = parseLine(line, places, at)
    const earlier = linesByNumber.get(invoice.number)
    if (earlier !== undefined) {
      throw new InputError(
        `Line ${at}: invoice ${invoice.number} is on line ${earlier} already. Each line is one invoice: remove one, or add them up.`,
      )
    }
    linesByNumber.set(invoice.number, at)
    invoices.push(invoice)
  }
  if (invoices.length === 0)
    throw new InputError('There is no invoice in the file: the lines after the header are empty.')
  return invoices
}

type Places = { readonly width: number; readonly of: Readonly<Record<ColumnName, number>> }

function findColumns(header: string): Places {
  const names = splitLine(header, 1).map((name) => name.trim())
  const place = (column: ColumnName): number => {
    const index = names.indexOf(column)
    if (index >= 0) return index
    throw new InputError(
      `Line 1: there is no column "${column}". The first line has to name the columns: ${COLUMNS.join(',')}.`,
    )
  }
  const [InvoiceNo, InvoiceDate, CustomerID, TotalPrice] = COLUMNS.map(place)
  if (
    InvoiceNo === undefined ||
    InvoiceDate === undefined ||
    CustomerID === undefined ||
    TotalPrice === undefined
  ) {
    throw new Error('every column has a place')
  }
  return { width: names.length, of: { InvoiceNo, InvoiceDate, CustomerID, TotalPrice } }
}

function parseLine(line: string, places: Places, at: number): Invoice {
  const fields = splitLine(line, at)
  if (fields.length !== places.width) {
    throw new InputError(
      `Line ${at}: ${fields.length} fields instead of ${places.width}. Put fields that contain a comma into double quotes.`,
    )
  }
  const field = (name: ColumnName) => (fields[places.of[name]] ?? '').trim()
  return {
    number: toName(field('InvoiceNo'), 'InvoiceNo', at),
    date: toDate(field('InvoiceDate'), at),
    customer: toName(field('CustomerID'), 'CustomerID', at),
    totalCents: toCents(field('TotalPrice'), at),
  }
}

function splitLine(line: string, at: number): string[] {
  const fields: string[] = []
  let field = ''
  let quoted = false
  for (let i = 0; i < line.length; i++) {
    const character = line.charAt(i)
    if (character === '"' && quoted && line.charAt(i + 1) === '"') {
      field += '"'
      i += 1
    } else if (character === '"') quoted = !quoted
    else if (character === ',' && !quoted) {
      fields.push(field)
      field = ''
    } else field += character
  }
  if (quoted)
    throw new InputError(
      `Line ${at}: a double quote is opened and not closed. Write "" for a quote inside a field.`,
    )
  return [...fields, field]
}

function toName(text: string, column: ColumnName, at: number): string {
  if (text === '') throw new InputError(`Line ${at}: ${column} is empty. Fill it in, or remove the line.`)
  if (text.length > MAX_NAME_LENGTH || !text.isWellFormed() || text.includes('\0')) {
    throw new InputError(
      `Line ${at}: ${column} is no name of up to ${MAX_NAME_LENGTH} characters. Shorten it.`,
    )
  }
  return text
}

function toDate(text: string, at: number): string {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T]\d{2}:\d{2}(?::\d{2})?)?$/.exec(text)
  const date = match?.[1]
  const time = date === undefined ? Number.NaN : Date.parse(`${date}T00:00:00Z`)
  if (date === undefined || Number.isNaN(time) || !new Date(time).toISOString().startsWith(date)) {
    throw new InputError(
      `Line ${at}: InvoiceDate is "${text}". Write a day of the calendar such as 2010-12-01.`,
    )
  }
  return date
}

function toCents(text: string, at: number): number {
  const pounds = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  // Fifteen digits are what a double holds for sure: 1.005 is one pound and half a penny, not less.
  const cents = Math.round(Number((pounds * 100).toPrecision(15)))
  if (!Number.isSafeInteger(cents)) {
    throw new InputError(
      `Line ${at}: TotalPrice is "${text}". Write pounds such as 139.12, without a currency or grouping.`,
    )
  }
  return cents + 0
}
