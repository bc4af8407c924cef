/** Numbers inside a text count as numbers, so that INV-10 comes after INV-9. */
const natural = new Intl.Collator('en', { numeric: true })

/** Compares texts as people sort them. */
export const compareTexts: (a: string, b: string) => number = natural.compare

/** The items that have every word of the text; the very same list when there is none. */
export function withEveryWord<Item>(
  items: readonly Item[],
  text: string,
  wordsOf: (item: Item) => string,
): readonly Item[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return items
  return items.filter((item) => {
    const haystack = wordsOf(item).toLowerCase()
    return words.every((word) => haystack.includes(word))
  })
}
