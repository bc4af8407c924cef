import {
  ANYONE_CAN_DO_ANYTHING,
  createSchema,
  definePermissions,
  number,
  string,
  table,
} from '@rocicorp/zero'

const invoices = table('invoices')
  .columns({
    id: string(),
    number: string(),
    contactId: string(),
    status: string(),
    totalCents: number(),
    paidCents: number(),
    reminders: number(),
    reference: string(),
    dueOn: string(),
  })
  .primaryKey('id')

export const schema = createSchema({
  tables: [invoices],
  enableLegacyMutators: true,
  enableLegacyQueries: true,
})

/** As with the other peers, everybody may do everything. */
export const permissions = definePermissions<unknown, typeof schema>(schema, () => ({
  invoices: ANYONE_CAN_DO_ANYTHING,
}))
