import { useState } from 'react'
import { focusOn } from '../frame/focus.ts'

/** Says what it will do, and does it after a second click. */
export function UndoButton({ what, does, onUndo }: { what: string; does: string; onUndo: () => void }) {
  const [step, setStep] = useState<'fresh' | 'asking' | 'kept'>('fresh')
  if (step !== 'asking') {
    return (
      <button
        type="button"
        className="quiet"
        data-testid="undo"
        ref={step === 'kept' ? focusOn : undefined}
        onClick={() => setStep('asking')}
      >
        {what}
      </button>
    )
  }
  const go = () => {
    setStep('kept')
    onUndo()
  }
  return (
    <p className="confirm" role="alert">
      <span data-testid="undo-does">{does}</span>
      <button type="button" data-testid="undo-confirm" onClick={go}>
        {what}
      </button>
      <button type="button" className="quiet" ref={focusOn} onClick={() => setStep('kept')}>
        Keep
      </button>
    </p>
  )
}
