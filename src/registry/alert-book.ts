import { type AlertState, transition } from '../core/alerts/alert-state.ts'
import type { Breach } from '../core/alerts/figures.ts'
import { type AlertRules, isRuleName, type RuleName } from '../core/alerts/rules.ts'
import type { OpenAlert } from '../platform/objects.ts'
import type { Sql, Storage } from '../platform/platform.ts'
import { MAX_NAMED, type Notice } from './alert-message.ts'

const SCHEMA = `
  -- What tenants' objects reported last. since: ms since 1970. until: when it is over unless it is reported again.
  CREATE TABLE IF NOT EXISTS breach (
    rule TEXT NOT NULL, tenant TEXT NOT NULL, value REAL NOT NULL, since INTEGER NOT NULL, until INTEGER,
    PRIMARY KEY (rule, tenant)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS breach_of_tenant ON breach (tenant);
  CREATE INDEX IF NOT EXISTS breach_until ON breach (until) WHERE until IS NOT NULL;
  -- Alerts that are not at rest; tenant: empty where one is about the deployment. until: null while it fires.
  CREATE TABLE IF NOT EXISTS alert (
    rule TEXT NOT NULL, tenant TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER,
    PRIMARY KEY (rule, tenant)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS alert_until ON alert (until) WHERE until IS NOT NULL;
`

/** Which alert: a rule, for one tenant or, with an empty one, for the deployment. */
type AlertKey = { readonly rule: RuleName; readonly tenant: string }

/**
 * The registry's book of alerts: the breaches that objects reported, and the alerts that follow. `told` writes a
 * notice in the transaction of the state that it is news of, so each firing and each resolution has one.
 */
export class AlertBook {
  readonly #storage: Storage
  readonly #sql: Sql
  readonly #alerts: AlertRules
  readonly #told: (notice: Notice) => void

  constructor(storage: Storage, alerts: AlertRules, told: (notice: Notice) => void) {
    this.#storage = storage
    this.#sql = storage.sql
    this.#alerts = alerts
    this.#told = told
    this.#sql.exec(SCHEMA)
  }

  /** A tenant's object says which of its figures have reached their thresholds: all of them, in place of the last. */
  report(tenant: string, breaches: readonly Breach[], now: number): void {
    this.#storage.transactionSync(() => {
      const before = this.#rules('SELECT rule FROM breach WHERE tenant = ?', tenant)
      if (before.length > 0) this.#sql.exec('DELETE FROM breach WHERE tenant = ?', tenant)
      for (const { rule, value, since, until = null } of breaches)
        this.#sql.exec('INSERT INTO breach VALUES (?, ?, ?, ?, ?)', rule, tenant, value, since, until)
      const concerned = new Set([...before, ...breaches.map(({ rule }) => rule)])
      for (const rule of concerned) this.#judge({ rule, tenant: this.#subject(rule, tenant) }, now)
    })
  }

  /** Time has passed, or other rules hold: judges the alerts that are not at rest. */
  review(now: number): void {
    this.#storage.transactionSync(() => {
      if ((this.#breachesEndAt ?? Number.POSITIVE_INFINITY) <= now)
        this.#sql.exec('DELETE FROM breach WHERE until <= ?', now)
      const keys = this.#sql
        .exec<{ rule: string; tenant: string }>('SELECT rule, tenant FROM alert ORDER BY rule, tenant')
        .toArray()
      for (const { rule, tenant } of keys) if (isRuleName(rule)) this.#judge({ rule, tenant }, now)
    })
  }

  /** The alerts that are not at rest, in the order in which they began. */
  get open(): OpenAlert[] {
    return this.#sql
      .exec<{ rule: string; tenant: string; since: number; until: number | null }>(
        'SELECT rule, tenant, since, until FROM alert ORDER BY since, rule, tenant',
      )
      .toArray()
      .map(({ until, ...alert }) => ({ ...alert, isCooling: until !== null }))
  }

  /** When an alert ends or begins to, in ms since 1970; undefined while only a report changes anything. */
  get dueAt(): number | undefined {
    const times = [
      this.#earliest('SELECT min(until) AS at FROM alert WHERE until IS NOT NULL'),
      this.#breachesEndAt,
    ]
    const known = times.filter((at) => at !== undefined)
    return known.length > 0 ? Math.min(...known) : undefined
  }

  get #breachesEndAt(): number | undefined {
    return this.#earliest('SELECT min(until) AS at FROM breach WHERE until IS NOT NULL')
  }

  #earliest(query: string): number | undefined {
    return this.#sql.exec<{ at: number | null }>(query).one().at ?? undefined
  }

  /** Whom an alert of this tenant is about. */
  #subject(rule: RuleName, tenant: string): string {
    return this.#alerts.rules.get(rule)?.about === 'tenant' ? tenant : ''
  }

  /** One of a rule that was switched off, or that is about others now, ends. */
  #judge(key: AlertKey, now: number): void {
    const rule = this.#alerts.rules.get(key.rule)
    const isHeld = rule !== undefined && (rule.about === 'tenant') === (key.tenant !== '')
    const before = this.#state(key)
    const event = isHeld && this.#isBreached(key) ? 'breached' : 'cleared'
    const { state, news } = transition(before, event, now, isHeld ? rule.coolDownMs : 0)
    if (state !== before) this.#put(key, state)
    if (!news) return
    const since = 'since' in before ? before.since : now
    this.#told({ news, ...key, since, ...this.#concerned(key) })
  }

  #state({ rule, tenant }: AlertKey): AlertState {
    const [found] = this.#sql
      .exec<{ since: number; until: number | null }>(
        'SELECT since, until FROM alert WHERE rule = ? AND tenant = ?',
        rule,
        tenant,
      )
      .toArray()
    if (!found) return { is: 'ok' }
    const { since, until } = found
    return until === null ? { is: 'firing', since } : { is: 'cooling', since, until }
  }

  #put({ rule, tenant }: AlertKey, state: AlertState): void {
    if (state.is === 'ok') {
      this.#sql.exec('DELETE FROM alert WHERE rule = ? AND tenant = ?', rule, tenant)
      return
    }
    const until = state.is === 'cooling' ? state.until : null
    this.#sql.exec('INSERT OR REPLACE INTO alert VALUES (?, ?, ?, ?)', rule, tenant, state.since, until)
  }

  #isBreached({ rule, tenant }: AlertKey): boolean {
    const where = "WHERE rule = ?1 AND (?2 = '' OR tenant = ?2)"
    return this.#sql.exec(`SELECT 1 FROM breach ${where} LIMIT 1`, rule, tenant).toArray().length > 0
  }

  #concerned({ rule, tenant }: AlertKey): Pick<Notice, 'count' | 'first' | 'value'> {
    const where = "WHERE rule = ?1 AND (?2 = '' OR tenant = ?2)"
    const { count, value } = this.#sql
      .exec<{ count: number; value: number | null }>(
        `SELECT count(*) AS count, max(value) AS value FROM breach ${where}`,
        rule,
        tenant,
      )
      .one()
    const first = this.#sql
      .exec<{ tenant: string }>(
        `SELECT tenant FROM breach ${where} ORDER BY tenant LIMIT ${MAX_NAMED}`,
        rule,
        tenant,
      )
      .toArray()
    return { count, value: value ?? undefined, first: first.map((row) => row.tenant) }
  }

  #rules(query: string, tenant: string): RuleName[] {
    return this.#sql
      .exec<{ rule: string }>(query, tenant)
      .toArray()
      .flatMap(({ rule }) => (isRuleName(rule) ? [rule] : []))
  }
}
