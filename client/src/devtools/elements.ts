type Attributes = Readonly<Record<string, string | boolean | undefined>>

/** An element with attributes and children. A text is never read as markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(attribute, '')
    else if (typeof value === 'string') made.setAttribute(attribute, value)
  }
  made.append(...children)
  return made
}

/** A button that does something. */
export function button(label: string, title: string, press: () => void): HTMLButtonElement {
  const made = element('button', { type: 'button', title }, label)
  made.addEventListener('click', press)
  return made
}

/** A table with its head, or a sentence where there is nothing. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly (Node | string)[])[],
  nothing: string,
): HTMLElement {
  if (rows.length === 0) return element('p', { class: 'nothing' }, nothing)
  return element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head)))),
    element(
      'tbody',
      {},
      ...rows.map((cells) => element('tr', {}, ...cells.map((cell) => element('td', {}, cell)))),
    ),
  )
}

/** Has a list show these elements in their order, and leaves alone those that it shows already. */
export function showIn(list: Element, elements: readonly Element[]): void {
  for (const [i, wanted] of elements.entries()) {
    const there = list.children[i]
    if (there !== wanted) list.insertBefore(wanted, there ?? null)
  }
  while (list.children.length > elements.length) list.lastElementChild?.remove()
}

/** The time of day, to the millisecond. */
export function clockTime(at: number): string {
  const time = new Date(at)
  const two = (number: number) => String(number).padStart(2, '0')
  const seconds = `${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`
  return `${two(time.getHours())}:${two(time.getMinutes())}:${seconds}`
}
