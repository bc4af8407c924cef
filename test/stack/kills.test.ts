import { expect, it } from 'vitest'
import { surviveBlurs, surviveKills, survivePostgresKills } from './survive.ts'

// A small part of each; `npm run proof` has the rest.

it('E2E-9 a process killed under load loses no acknowledged edit and applies none twice', async () => {
  expect(await surviveKills(4, [80, 160])).toBeGreaterThan(4 * 80)
})

it('E2E-33 a Postgres that is killed under load has every edit once', () => survivePostgresKills(3))

it('E2E-34 commits under load that the object does not hear of, or asks for twice, take effect once', () =>
  surviveBlurs(25))
