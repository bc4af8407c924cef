import { devtools, type Repro } from '../../src/devtools.ts'
import { createClient } from '../../src/index.ts'
import { replay } from '../../src/testing/index.ts'
import type { Desk as App } from '../support/desk.ts'

declare const getToken: () => Promise<string>
declare const repro: Repro
declare function expect(given: unknown): { toMatchObject(wanted: object): void }

const tools = devtools()
const db = createClient<App>({ url: '/', tenant: 'acme', getToken, trace: tools })
tools.mount(document.body)

expect(await replay(repro)).toMatchObject({ same: true })

export const others = [
  db,
  devtools({
    mask: (value, { column }) =>
      column === 'name' && typeof value === 'string' ? 'x'.repeat(value.length) : value,
  }),
  devtools({ onEvent: ({ at, is }) => [at, is] }),
]
