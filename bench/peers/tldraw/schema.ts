import { type BaseRecord, createRecordType, type RecordId, StoreSchema } from '@tldraw/store'

/** An invoice as a record of tldraw's store. */
export type InvoiceRecord = BaseRecord<'invoice', RecordId<InvoiceRecord>> & {
  readonly [column: string]: unknown
}

/** Records of this type are shared and stored; what is in them is not looked at. */
const invoice = createRecordType<InvoiceRecord>('invoice', {
  scope: 'document',
  validator: {
    validate(value) {
      if (!isRecord(value)) throw new TypeError(`not a record: ${JSON.stringify(value)}`)
      return value
    },
  },
})

/** Both sides say which schema they know when they connect. */
export const schema = StoreSchema.create<InvoiceRecord>({ invoice })

/** The record of a row. */
export const recordId = (id: string) => invoice.createId(id)

function isRecord(value: unknown): value is InvoiceRecord {
  return typeof value === 'object' && value !== null && 'typeName' in value
}
