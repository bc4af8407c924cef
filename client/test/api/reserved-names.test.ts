import { pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import { RESERVED_NAMES } from '../../../src/core/app/reserved-names.ts'
import { defineApp } from '../../../src/define/define-app.ts'
import { coreOf } from '../../src/client-in.ts'
import { later } from '../../src/later.ts'
import { Runtime } from '../../src/runtime.ts'
import { allParts } from '../support/all-parts.ts'
import { FakeEnvironment } from '../support/fake-environment.ts'

const claims = v.object({ sub: v.string(), tenant: v.string() })

/** An application of one collection. */
function declare(name: string) {
  const table = pgTable('t', { tenantId: text('tenant_id').notNull(), id: text('id').notNull() }, (t) => [
    primaryKey({ columns: [t.tenantId, t.id] }),
  ])
  return defineApp({ tables: { [name]: table }, claims }).collection(name)
}

it('CNF-61 every member of a client has a reserved name, and defineApp refuses a collection of such a name', () => {
  const environment = new FakeEnvironment()
  const runtime = new Runtime(
    environment,
    {
      url: '/',
      tenant: 'acme',
      getToken: () => null,
      parts: allParts(),
    },
    () => later,
  )
  const members = Object.keys(coreOf(runtime, environment))
  runtime.close()
  expect(members).toContain('conflicts')
  expect(members.filter((name) => !RESERVED_NAMES.some((reserved) => reserved === name))).toEqual([])
  for (const name of RESERVED_NAMES)
    expect(() => declare(name)).toThrow(`collection "${name}": a client has a member of this name`)
  expect(() => declare('tidemark_cards')).toThrow('names that begin so')
  expect(declare('conflict').manifest.collections.map(({ name }) => name)).toContain('conflict')
})
