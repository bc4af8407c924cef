/** Forms that keep what is typed into them, by name. */
export const NEW_INVOICE = 'new invoice'
export const NEW_CONTACT = 'new contact'

export const paymentOn = (invoiceId: string) => `payment on ${invoiceId}`
