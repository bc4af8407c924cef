import type { Page } from 'playwright-core'

/** What a text needs to be read by people who see less well: WCAG 2.2, 1.4.3, without its relief for large texts. */
const LEAST = 4.5

/**
 * The texts of a page that have too little contrast, each with how much it has.
 *
 * @param host an element in whose shadow the texts are, in place of the page's own
 */
export function faintTexts(page: Page, host?: string): Promise<string[]> {
  return page.evaluate(
    ([least, selector]) => {
      type Colour = readonly [red: number, green: number, blue: number, alpha: number]

      const read = (text: string): Colour => {
        const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number)
        if (!text.startsWith('rgb')) throw new Error(`${text} is another kind of colour`)
        return [red, green, blue, alpha]
      }
      const over = (front: Colour, back: Colour): Colour => {
        const mix = (a: number, b: number) => a * front[3] + b * (1 - front[3])
        return [mix(front[0], back[0]), mix(front[1], back[1]), mix(front[2], back[2]), 1]
      }
      const light = (colour: Colour) => {
        const [red = 0, green = 0, blue = 0] = colour
          .slice(0, 3)
          .map((part) => part / 255)
          .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue
      }
      const above = (element: Element): Element[] => {
        const all: Element[] = []
        for (let one: Element | null = element; one; one = one.parentElement) all.push(one)
        return all
      }
      const groundOf = (element: Element): Colour => {
        const grounds = above(element).map((one) => read(getComputedStyle(one).backgroundColor))
        return grounds.reduceRight<Colour>((back, front) => over(front, back), [255, 255, 255, 1])
      }
      const isSeen = (element: Element) =>
        element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) &&
        above(element).every((one) => getComputedStyle(one).clipPath === 'none') &&
        read(getComputedStyle(element).color)[3] > 0
      const faint = new Set<string>()
      const look = (element: Element, colour: string, text: string) => {
        if (text.trim() === '' || !isSeen(element)) return
        const back = groundOf(element)
        const opacity = above(element).reduce((sum, one) => sum * Number(getComputedStyle(one).opacity), 1)
        const [red, green, blue, alpha] = read(colour)
        const front = over([red, green, blue, alpha * opacity], back)
        const [bright = 0, dark = 0] = [light(front), light(back)].sort((a, b) => b - a)
        const contrast = (bright + 0.05) / (dark + 0.05)
        if (contrast < least)
          faint.add(`${contrast.toFixed(2)} ${element.className}: ${text.trim().slice(0, 40)}`)
      }
      const shadow = selector === undefined ? undefined : document.querySelector(selector)?.shadowRoot
      if (shadow === null) throw new Error(`${selector} has no shadow`)
      const root = shadow ?? document.querySelector('dialog[open]') ?? document.body
      const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
      for (let node = texts.nextNode(); node; node = texts.nextNode()) {
        const element = node.parentElement
        if (element) look(element, getComputedStyle(element).color, node.textContent ?? '')
      }
      for (const field of root.querySelectorAll('input, textarea')) {
        if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) continue
        look(field, getComputedStyle(field).color, field.value)
        if (field.value === '') look(field, getComputedStyle(field, '::placeholder').color, field.placeholder)
      }
      return [...faint]
    },
    [LEAST, host] as const,
  )
}

/** How much wider than the window a page is, in pixels. */
export function tooWide(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
}
