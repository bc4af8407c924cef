import { useState } from 'react'

/** Voids after a second click, because there is no way back. */
export function VoidButton({ number, onVoid }: { number: string; onVoid: () => void }) {
  const [asking, setAsking] = useState(false)
  if (!asking) {
    return (
      <button type="button" className="danger quiet" data-testid="void" onClick={() => setAsking(true)}>
        Void invoice
      </button>
    )
  }
  return (
    <p className="confirm">
      <span>Void {number} for good?</span>
      <button type="button" className="danger" data-testid="void-confirm" onClick={onVoid}>
        Void
      </button>
      <button type="button" className="quiet" onClick={() => setAsking(false)}>
        Keep
      </button>
    </p>
  )
}
