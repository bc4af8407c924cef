import { useState } from 'react'
import { focusOn } from './focus.ts'

type Props = {
  /** What the button says at first. */
  words: string
  question: string
  /** What the second button says. */
  confirm: string
  testId: string
  onConfirm: () => void
}

/** Acts after a second click, because there is no way back. */
export function ConfirmButton({ words, question, confirm, testId, onConfirm }: Props) {
  const [step, setStep] = useState<'fresh' | 'asking' | 'kept'>('fresh')
  if (step === 'asking') {
    return (
      <p className="confirm" role="alert">
        <span>{question}</span>
        <button type="button" className="danger" data-testid={`${testId}-confirm`} onClick={onConfirm}>
          {confirm}
        </button>
        <button type="button" className="quiet" ref={focusOn} onClick={() => setStep('kept')}>
          Keep
        </button>
      </p>
    )
  }
  return (
    <button
      type="button"
      className="danger quiet"
      data-testid={testId}
      ref={step === 'kept' ? focusOn : undefined}
      onClick={() => setStep('asking')}
    >
      {words}
    </button>
  )
}
