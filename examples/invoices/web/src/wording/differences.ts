/** A piece of a text, and whether the other text has it as well, at that place. */
export type Piece = { readonly text: string; readonly differs: boolean }

/** A piece of a text that became another: it stayed, went or came. */
export type Change = { readonly text: string; readonly is: 'same' | 'gone' | 'come' }

/** Words that are compared with each other; longer texts are taken as a whole. */
const MOST_WORDS = 400

/** A text in pieces: what another text has not. Words are compared, with the spaces and lines between them. */
export function differences(text: string, other: string): Piece[] {
  if (text === other) return text === '' ? [] : [{ text, differs: false }]
  const [words, others] = [split(text), split(other)]
  if (words.length > MOST_WORDS || others.length > MOST_WORDS) return [{ text, differs: true }]
  const common = new Set(commonTo(words, others).map(([i]) => i))
  const pieces: { text: string; differs: boolean }[] = []
  words.forEach((word, i) => {
    const differs = !common.has(i)
    const last = pieces.at(-1)
    if (last && (last.differs === differs || word.trim() === '')) last.text += word
    else pieces.push({ text: word, differs })
  })
  return pieces
}

/** What went and what came where a text became another, by words, and what stayed between. */
export function changesOf(before: string, after: string): Change[] {
  const [words, others] = [split(before), split(after)]
  const shorter = Math.min(words.length, others.length)
  let start = 0
  while (start < shorter && words[start] === others[start]) start++
  let end = 0
  while (end < shorter - start && words.at(-1 - end) === others.at(-1 - end)) end++
  const [gone, come] = [words.slice(start, words.length - end), others.slice(start, others.length - end)]
  const isMuch = gone.length > MOST_WORDS || come.length > MOST_WORDS
  const changes = new Changes()
  changes.stay(words.slice(0, start).join(''))
  let [i, j] = [0, 0]
  for (const [nextI, nextJ] of isMuch ? [] : commonTo(gone, come)) {
    changes.change(gone.slice(i, nextI).join(''), come.slice(j, nextJ).join(''))
    // Words that follow each other are one change, with the space between them.
    const word = gone[nextI] ?? ''
    if (word.trim() === '' && changes.isChanging) changes.change(word, word)
    else changes.stay(word)
    ;[i, j] = [nextI + 1, nextJ + 1]
  }
  changes.change(gone.slice(i).join(''), come.slice(j).join(''))
  changes.stay(words.slice(words.length - end).join(''))
  return changes.all()
}

/** The same with what stayed cut down to what is next to a change. */
export function shortened(changes: readonly Change[], kept = 32): Change[] {
  return changes.map(({ text, is }, i) => {
    if (is !== 'same') return { text, is }
    const [isFirst, isLast] = [i === 0, i === changes.length - 1]
    const most = isFirst || isLast ? kept : 2 * kept
    if (text.length <= most + 1) return { text, is }
    const head = isFirst ? '' : text.slice(0, kept)
    const tail = isLast ? '' : text.slice(-kept)
    // Whole words, where one ends there: a character that takes two units is not cut, either.
    const [ended] = /^.*\s/su.exec(head) ?? [head.replace(/[\ud800-\udbff]$/, '')]
    const [begun] = /\s.*$/su.exec(tail) ?? [tail.replace(/^[\udc00-\udfff]/, '')]
    return { text: `${ended}…${begun}`, is }
  })
}

/** Gathers changes: what goes and what comes at one place are two pieces, in this order. */
class Changes {
  readonly #done: Change[] = []
  #gone = ''
  #come = ''

  get isChanging(): boolean {
    return this.#gone !== '' || this.#come !== ''
  }

  change(gone: string, come: string): void {
    this.#gone += gone
    this.#come += come
  }

  stay(text: string): void {
    if (text === '') return
    this.#end()
    const last = this.#done.at(-1)
    if (last?.is === 'same') this.#done[this.#done.length - 1] = { text: last.text + text, is: 'same' }
    else this.#done.push({ text, is: 'same' })
  }

  all(): Change[] {
    this.#end()
    return this.#done
  }

  #end(): void {
    if (this.#gone !== '') this.#done.push({ text: this.#gone, is: 'gone' })
    if (this.#come !== '') this.#done.push({ text: this.#come, is: 'come' })
    this.#gone = this.#come = ''
  }
}

function split(text: string): string[] {
  return text.split(/(\s+)/u).filter((word) => word !== '')
}

/** The places, in each, of the words in the longest run of both, in order. */
function commonTo(words: readonly string[], others: readonly string[]): (readonly [number, number])[] {
  const width = others.length + 1
  const longest = new Uint16Array((words.length + 1) * width)
  for (let i = words.length - 1; i >= 0; i--)
    for (let j = others.length - 1; j >= 0; j--)
      longest[i * width + j] =
        words[i] === others[j]
          ? (longest[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0)
  const common: (readonly [number, number])[] = []
  for (let i = 0, j = 0; i < words.length && j < others.length; ) {
    if (words[i] === others[j]) {
      common.push([i, j])
      i++
      j++
    } else if ((longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0)) i++
    else j++
  }
  return common
}
