import { changesOf, shortened } from './differences.ts'

/** How a text became another: what went, what came, and a little of what stayed around it. */
export function ChangedText({ from, to }: { from: string; to: string }) {
  return (
    <span className="changed-text">
      {shortened(changesOf(from, to)).map(({ text, is }, i) => {
        // The pieces have no names but their places.
        const key = i
        if (is === 'same') return <span key={key}>{text}</span>
        const Piece = is === 'gone' ? 'del' : 'ins'
        return (
          <Piece key={key}>
            <span className="visually-hidden">{is === 'gone' ? 'removed: ' : 'added: '}</span>
            {text}
            <span className="visually-hidden">; </span>
          </Piece>
        )
      })}
    </span>
  )
}
