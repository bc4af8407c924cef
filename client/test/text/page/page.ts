import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import type { CollectionTypes } from '../../../src/api/types.ts'
import { createClient } from '../../../src/index.ts'
import { openText } from '../../../src/text.ts'
import { useText } from '../../../src/text-react.ts'
import { getToken } from '../../support/page-token.ts'

type Board = {
  readonly types?: { boardSettings: CollectionTypes & { row: { id: string; welcome: string } } }
}

const db = createClient<Board>({ url: '/', tenant: 'acme', getToken })
const handle = openText(db, 'boardSettings', location.hash.slice(1), 'welcome')

function Note() {
  const { area, status, pending } = useText(handle)
  return createElement('textarea', {
    ...area,
    readOnly: status !== 'ready',
    'data-status': pending ? 'pending' : status,
  })
}

const main = document.querySelector('main')
if (main) createRoot(main).render(createElement(Note))
