import { renderToString } from 'react-dom/server'
import type { App } from '../../../test/fixtures/board/sync.ts'
import type { Client } from '../../src/index.ts'
import { People, State, TidemarkProvider } from './page/people.tsx'

/** Renders the people of Bristol, as the page hydrates them. */
export function renderPeople(db: Client<App>): string {
  return renderToString(
    <TidemarkProvider client={db}>
      <State />
      <People city="Bristol" />
    </TidemarkProvider>,
  )
}
