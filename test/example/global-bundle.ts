import { bundleBeforehand } from '../../dev/harness/bundle.ts'
import { INVOICES } from '../../dev/invoices/application.ts'

/** Builds the example's page and Worker once, for all of its stacks: two must not build the page at once. */
export default function setup(): Promise<() => Promise<void>> {
  return bundleBeforehand(INVOICES)
}
