import { NEW_INVOICE } from '../drafts/form-names.ts'
import { NewLink } from '../lists/new-link.tsx'
import { SearchInput } from '../lists/search-input.tsx'
import type { Filter } from './filter.ts'
import { isStatus, STATUSES, statusWords } from './status.ts'

type Props = { filter: Filter; canWrite: boolean; onChange: (filter: Filter) => void }

export function FilterBar({ filter, canWrite, onChange }: Props) {
  return (
    <search className="filter-bar">
      <SearchInput
        label="Search by number or contact"
        placeholder="Search number or contact"
        value={filter.text}
        onChange={(text) => onChange({ ...filter, text })}
      />
      <select
        aria-label="Status"
        data-testid="filter-status"
        value={filter.status}
        onChange={({ target: { value } }) => onChange({ ...filter, status: choiceOf(value) })}
      >
        <option value="all">All statuses</option>
        {STATUSES.map((status) => (
          <option key={status} value={status}>
            {statusWords(status)}
          </option>
        ))}
        {/* Who keeps the books is told of what is deleted, and nobody else. */}
        {canWrite && <option value="deleted">Deleted</option>}
      </select>
      {canWrite && <NewLink thing="invoice" to={{ at: 'new-invoice' }} form={NEW_INVOICE} />}
    </search>
  )
}

function choiceOf(value: string): Filter['status'] {
  return isStatus(value) || value === 'deleted' ? value : 'all'
}
