import type { RefusedEdit } from '@tidemark/client'
import { useEffect, useRef } from 'react'
import { Drawer } from '../frame/drawer.tsx'
import { useWording } from '../wording/use-wording.ts'
import { RefusedCard } from './refused-card.tsx'

/** Every change that was not taken, with what the person wrote. */
export function RefusedDrawer({ items, onClose }: { items: readonly RefusedEdit[]; onClose: () => void }) {
  const wording = useWording()
  const list = useRef<HTMLDivElement>(null)
  const count = items.length
  // What had the focus may have gone with its change.
  useEffect(() => {
    if (count >= 0 && document.activeElement === document.body) list.current?.focus()
  }, [count])
  return (
    <Drawer
      title="Not taken"
      subtitle="What you wrote is kept here until you say what becomes of it."
      testId="refused-drawer"
      onClose={onClose}
    >
      <div className="inbox" ref={list} tabIndex={-1}>
        {count === 0 && (
          <p className="note" data-testid="refused-empty">
            All of your changes were taken.
          </p>
        )}
        <ul>
          {items.map((item) => (
            <RefusedCard key={item.id} item={item} wording={wording} onFollow={onClose} />
          ))}
        </ul>
      </div>
    </Drawer>
  )
}
