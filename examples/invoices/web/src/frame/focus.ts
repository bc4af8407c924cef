/** Gives the focus to a button that takes another's place: `ref={focusOn}`. */
export function focusOn(button: HTMLButtonElement | null): void {
  button?.focus()
}
