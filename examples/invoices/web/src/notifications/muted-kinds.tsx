import { useSession } from '../session/use-session.ts'
import { kindWords } from './notification-words.ts'

/** What the person does not want to be told, and the way back. */
export function MutedKinds({ kinds }: { kinds: readonly string[] }) {
  const { db, track } = useSession()
  if (kinds.length === 0) return null
  return (
    <section aria-labelledby="muted-title">
      <h3 id="muted-title">You are not told of</h3>
      <ul data-testid="muted-kinds">
        {kinds.map((kind) => (
          <li key={kind} className="muted-kind">
            <span>{kindWords(kind)}</span>
            <button
              type="button"
              className="quiet"
              aria-label={`Tell me of ${kindWords(kind)} again`}
              onClick={() => track('The choice', kind, db.notifications.unmute(kind))}
            >
              Tell me again
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
