import { type Status, statusWords } from './status.ts'

export function StatusBadge({ status }: { status: Status }) {
  return <span className={`badge badge-${status}`}>{statusWords(status)}</span>
}
