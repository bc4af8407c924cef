import { useHasDraft } from '../drafts/use-drafts.ts'
import { hashOf, type Route } from '../navigation/route.ts'

type Props = {
  /** What it makes, such as "invoice". */
  thing: string
  to: Route
  /** The form's name, which tells whether somebody has begun. */
  form: string
}

/** The way to a form for something new, or back to one that was begun. */
export function NewLink({ thing, to, form }: Props) {
  const isBegun = useHasDraft(form)
  return (
    <a className="button primary" href={hashOf(to)} data-testid={`new-${thing}`}>
      {isBegun ? `Go on with new ${thing}` : `New ${thing}`}
    </a>
  )
}
