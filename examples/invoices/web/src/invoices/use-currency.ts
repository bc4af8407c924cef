import { useProfile } from '../profile/use-profile.ts'
import { usableCurrency } from './money.ts'

/** The currency the business works in. */
export function useCurrency(): string {
  return usableCurrency(useProfile().profile?.currency)
}
