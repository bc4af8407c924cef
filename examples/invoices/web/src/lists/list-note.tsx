/**
 * A line of a list that tells why there is nothing more to see. It stays mounted when empty, so that screen readers
 * hear what appears in it.
 */
export function ListNote({ text }: { text: string | undefined }) {
  return (
    <p className="note" role="status" data-testid="list-note">
      {text}
    </p>
  )
}
