import { NEW_INVOICE } from '../drafts/form-names.ts'
import { useHasDraft } from '../drafts/use-drafts.ts'
import { hashOf } from '../navigation/route.ts'
import type { Filter } from './filter.ts'
import { isStatus, STATUSES, statusWords } from './status.ts'

type Props = { filter: Filter; canWrite: boolean; onChange: (filter: Filter) => void }

export function FilterBar({ filter, canWrite, onChange }: Props) {
  const isBegun = useHasDraft(NEW_INVOICE)
  return (
    <search className="filter-bar">
      <input
        type="search"
        aria-label="Search by number or contact"
        placeholder="Search number or contact"
        data-testid="search"
        value={filter.text}
        onChange={(event) => onChange({ ...filter, text: event.target.value })}
      />
      <select
        aria-label="Status"
        data-testid="filter-status"
        value={filter.status}
        onChange={({ target: { value } }) => onChange({ ...filter, status: isStatus(value) ? value : 'all' })}
      >
        <option value="all">All statuses</option>
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {statusWords(status)}
          </option>
        ))}
      </select>
      {canWrite && (
        <a className="button primary" href={hashOf({ at: 'new' })} data-testid="new-invoice">
          {isBegun ? 'Go on with new invoice' : 'New invoice'}
        </a>
      )}
    </search>
  )
}
