/** Units of what is counted. Times are kept in whole milliseconds, and told in seconds. */
export type Unit = 'milliseconds' | 'bytes' | 'count'

/** A counter only grows, a histogram is a distribution, and a gauge is how things stand at the time of the reading. */
export type MetricKind = 'counter' | 'histogram' | 'gauge'

export type Metric = {
  readonly kind: MetricKind
  readonly unit: Unit
  /** What its series differ by, in this order. */
  readonly labels: readonly string[]
  /** A sentence for whoever reads it. */
  readonly help: string
}

const count = (help: string, ...labels: string[]) =>
  ({ kind: 'counter', unit: 'count', labels, help }) as const
const bytes = (help: string, ...labels: string[]) =>
  ({ kind: 'counter', unit: 'bytes', labels, help }) as const
const time = (help: string, ...labels: string[]) =>
  ({ kind: 'histogram', unit: 'milliseconds', labels, help }) as const
const duration = (help: string, ...labels: string[]) =>
  ({ kind: 'counter', unit: 'milliseconds', labels, help }) as const
const gauge = (help: string) => ({ kind: 'gauge', unit: 'count', labels: [], help }) as const

/**
 * All that is counted of a tenant, by name. Whatever tells it outside is made from this table: the text for
 * Prometheus, the points for Analytics Engine, and `docs/monitoring.md`.
 */
export const METRICS = {
  sessions_opened: count('Sessions that were let in, or turned away with a reason.'),
  sessions_closed: count(
    'Sessions that ended, by the code of the close; none for one that just went.',
    'code',
  ),
  frames_received: count('Frames from clients, by kind.', 'kind'),
  frames_refused: count('Texts that were no frame, by the code of the refusal.', 'code'),
  received_bytes: bytes('Bytes of all texts from clients.'),
  frames_sent: count('Frames to clients, by kind.', 'kind'),
  sent_bytes: bytes('Bytes of all frames to clients.'),

  turns: count('Turns: what came together, stored in one transaction.'),
  edits_accepted: count(
    'Edits that got their place in the log: ordered here, or in Postgres first.',
    'first',
  ),
  edit_operations: count('Records that accepted edits changed, and what followed from them.'),
  verdicts: count('Verdicts on edits, repeated ones too: accepted, or the code of a refusal.', 'verdict'),
  edits_reverted: count('Accepted edits that were undone, by code.', 'code'),
  conflicts_found: count(
    'Values that lost unseen, by where and by which policy; decided by the policy, or to be decided by a person.',
    'collection',
    'field',
    'policy',
    'decided',
  ),
  conflicts_closed: count('Conflicts that are open no more, by what they became.', 'state'),

  external_changes: count('Rows that others changed in Postgres, taken into the log.'),
  records_set_aside: count('Records of Postgres that could not be shown, each time one was set aside.'),
  drain_lag: time('From the acceptance of an edit until its object knew that Postgres has it.'),
  batch_edits: {
    kind: 'histogram',
    unit: 'count',
    labels: [],
    help: 'Edits that one call brought to Postgres.',
  },
  postgres_calls: count('Calls to Postgres, by what they asked and what came of it.', 'call', 'outcome'),
  postgres_call_time: time('How long Postgres took to answer, or not to.', 'call'),

  wake_ups: count('Times that the object came to life: at first, after sleep, after a crash or a deploy.'),
  awake_time: duration('How long it was awake, from each wake-up to the last that happened before sleep.'),

  client_delivery: time(
    'From the acceptance of an edit until another person’s client had told its page of it.',
  ),
  client_accepted: time('From the first sending of an edit until its page heard that it was accepted.'),
  client_committed: time('From the first sending of an edit until its page heard that Postgres has it.'),
  client_recovery: time('From the loss of a connection until its page was live again.'),
  client_resyncs: count('Queries that pages fetched anew after they had been live.'),
  client_received_bytes: bytes('Bytes that pages received while they were live.'),
  client_subscribed_time: duration('How long pages were live, times their live subscriptions.'),
  client_reports: count('Reports of clients, by what was made of them.', 'taken'),

  sessions: gauge('Sessions that are connected.'),
  outbox: gauge('Accepted edits that are not in Postgres yet.'),
  proposals: gauge('Edits that Postgres is to have first, and that wait for it.'),
  open_conflicts: gauge('Conflicts that are open.'),
  aside: gauge('Records of Postgres that cannot be shown.'),
} as const satisfies Readonly<Record<string, Metric>>

export type MetricName = keyof typeof METRICS

type NameOf<Kind extends MetricKind> = {
  [Name in MetricName]: (typeof METRICS)[Name]['kind'] extends Kind ? Name : never
}[MetricName]

export type CounterName = NameOf<'counter'>
export type HistogramName = NameOf<'histogram'>
export type GaugeName = NameOf<'gauge'>

export const isMetric = (name: string): name is MetricName => Object.hasOwn(METRICS, name)

export function isOfKind<Kind extends MetricKind>(name: MetricName, kind: Kind): name is NameOf<Kind> {
  return METRICS[name].kind === kind
}

/** The names of a kind, in the order of the table. */
export function namesOf<Kind extends MetricKind>(kind: Kind): readonly NameOf<Kind>[] {
  const isNamed = (name: string): name is NameOf<Kind> => isMetric(name) && isOfKind(name, kind)
  return Object.keys(METRICS).filter(isNamed)
}
