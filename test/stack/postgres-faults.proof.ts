import { it } from 'vitest'
import { progressOf } from '../support/progress.ts'
import { surviveBlurs, survivePostgresKills } from './survive.ts'

const KILLS = 30
const COMMITS = 500

it('E2E-33 a Postgres that is killed under load again and again has every edit once', (context) =>
  survivePostgresKills(KILLS, progressOf(context, 'kills')))

it('E2E-34 commits under load that the object does not hear of, or asks for twice, take effect once', (context) =>
  surviveBlurs(COMMITS, progressOf(context, 'commits')))
