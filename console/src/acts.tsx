import { useRef, useState } from 'react'
import { act, exported } from './ask.ts'
import type { Token } from './tokens.ts'

type Act = { readonly name: string; readonly label: string; readonly does: string; readonly isGrave?: true }

const ACTS: readonly Act[] = [
  {
    name: 'drain',
    label: 'Drain',
    does: 'Waits until Postgres has all that is accepted by now. Editing goes on.',
  },
  { name: 'poll', label: 'Poll', does: 'Looks into Postgres for what others changed there.' },
  {
    name: 'compare',
    label: 'Compare',
    does: 'Compares all rows with Postgres, range by range, while somebody is connected.',
  },
  {
    name: 'rehydrate',
    label: 'Re-hydrate',
    does: 'Empties the object once Postgres has everything, and loads it anew. Everybody is disconnected for a moment.',
    isGrave: true,
  },
  {
    name: 'export',
    label: 'Export',
    does: 'Downloads all rows of the tenant, with their values, as lines of JSON.',
  },
  {
    name: 'forget',
    label: 'Forget',
    does: 'Empties the object once Postgres has everything. Whoever comes next loads it anew. Everybody is disconnected.',
    isGrave: true,
  },
]

type ActsProps = { readonly tenant: string; readonly token: Token; readonly done: () => void }

/** What an operator may do. Each asks once more, and the Worker writes a line of its log about it. */
export function Acts({ tenant, token, done }: ActsProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [chosen, setChosen] = useState<Act>()
  const [said, setSaid] = useState('')
  const [isBusy, setBusy] = useState(false)
  const go = async ({ name, label }: Act) => {
    dialog.current?.close()
    setBusy(true)
    setSaid(`${label} …`)
    try {
      if (name === 'export') download(await exported(token), `${tenant}.ndjson`)
      else await act(token, name)
      setSaid(`${label}: done.`)
    } catch (thrown) {
      setSaid(`${label}: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    }
    setBusy(false)
    done()
  }
  return (
    <section aria-label="Actions" className="acts">
      {ACTS.map((one) => (
        <button
          key={one.name}
          type="button"
          disabled={isBusy}
          data-testid={`act-${one.name}`}
          onClick={() => {
            setChosen(one)
            dialog.current?.showModal()
          }}
        >
          {one.label}
        </button>
      ))}
      <p role="status" data-testid="said">
        {said}
      </p>
      <dialog ref={dialog} aria-labelledby="question">
        {chosen && (
          <>
            <h2 id="question">
              {chosen.label} {tenant}?
            </h2>
            <p>{chosen.does}</p>
            <p className="muted">It is written to the log, with the name and the id of your token.</p>
            <div className="choices">
              <button type="button" onClick={() => dialog.current?.close()}>
                Cancel
              </button>
              <button
                type="button"
                className={chosen.isGrave ? 'grave' : 'first'}
                data-testid="confirm"
                onClick={() => void go(chosen)}
              >
                {chosen.label}
              </button>
            </div>
          </>
        )}
      </dialog>
    </section>
  )
}

function download(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}
