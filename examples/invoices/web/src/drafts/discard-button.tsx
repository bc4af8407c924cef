/** Empties a form of what was typed into it. */
export function DiscardButton({ testId, onDiscard }: { testId: string; onDiscard: () => void }) {
  return (
    <button type="button" className="quiet" data-testid={testId} onClick={onDiscard}>
      Discard
    </button>
  )
}
