import { expect, it } from 'vitest'
import { KEPT_CHARACTERS, KEPT_EVENTS } from '../../client/src/trace/recorder.ts'
import { readDocument } from './house/sources.ts'

const lines = (text: string) => text.replaceAll(/\s+/g, ' ')

/** Examples that are compiled as they stand; the one with a bundler's own words is not of this repository's types. */
const COMPILED = [
  /const tools = devtools\(\)[^`]*/,
  /expect\(await replay[^`]*/,
  /mask: \(value[^`]*?: value/,
]

it('TRC-12 the examples of docs/devtools.md compile, and its bounds are those that there are', () => {
  const document = readDocument('docs/devtools.md')
  const compiled = lines(readDocument('client/test/devtools/documented.test-d.ts'))
  for (const example of COMPILED) {
    const [shown = 'no such example'] = example.exec(document) ?? []
    expect(compiled).toContain(lines(shown).trim())
  }
  const bounds = [KEPT_EVENTS, KEPT_CHARACTERS].map((bound) => bound.toLocaleString('en-GB'))
  expect(document).toContain(`the newest ${bounds[0]} events and ${bounds[1]} characters are kept`)
})
