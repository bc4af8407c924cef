import { useState } from 'react'
import { RefusedDrawer } from './refused-drawer.tsx'
import { toolWords } from './refused-words.ts'
import { useRefused } from './use-refused.ts'

/** How many of the person's changes were not taken, and the drawer with them. It is there once there was one. */
export function RefusedTool() {
  const items = useRefused()
  const [isOpen, setOpen] = useState(false)
  const [isNeeded, setNeeded] = useState(false)
  const count = items.length
  if (count > 0 && !isNeeded) setNeeded(true)
  return (
    <>
      {isNeeded && (
        <button
          type="button"
          className="tool counting-tool"
          aria-label={toolWords(count)}
          aria-haspopup="dialog"
          data-testid="refused"
          onClick={() => setOpen(true)}
        >
          <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
            <path d="M7 3 3 7l4 4M3 7h8.5a5 5 0 0 1 0 10H8" />
          </svg>
          {count > 0 && (
            <span className="count returned" aria-hidden="true" data-testid="refused-count">
              {count}
            </span>
          )}
        </button>
      )}
      <span className="visually-hidden" role="status">
        {count > 0 && `${count} of your changes ${count === 1 ? 'was' : 'were'} not taken`}
      </span>
      {isOpen && <RefusedDrawer items={items} onClose={() => setOpen(false)} />}
    </>
  )
}
