/** Tells a viewer why nothing here can be changed. */
export function ReadOnlyNote() {
  return <p className="note">You can look at everything here and change nothing.</p>
}
