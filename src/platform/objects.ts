import type { Revocation } from '../core/access/revocation.ts'
import type { Breach } from '../core/alerts/figures.ts'
import type { Claims } from '../core/app/application.ts'
import type { Reading } from '../core/metrics/reading.ts'
import type { WireError } from '../protocol/errors.ts'
import type { Act, TenantActivity } from '../protocol/internal/activity.ts'
import type { Credential } from '../protocol/internal/credential.ts'
import type {
  HistoryAnswer,
  Outcome,
  PollReply,
  ReadAnswer,
  Revoked,
  TenantHealth,
} from '../protocol/internal/tenant-answers.ts'

/** One tenant's object, as the Worker and the registry call it. Sockets and nudges come by `fetch`. */
export type TenantRpc = Rpc.DurableObjectBranded & {
  fetch(request: Request): Promise<Response>
  read(claims: Claims, query: string, known: readonly string[], credential?: Credential): Promise<ReadAnswer>
  history(claims: Claims, question: string, credential?: Credential): Promise<HistoryAnswer>
  awaitDrained(tenant: string, patienceMs: number): Promise<Outcome>
  export(tenant: string, patienceMs: number): Promise<ReadableStream<Uint8Array> | Outcome>
  forget(tenant: string, patienceMs: number, force: boolean): Promise<Outcome>
  health(tenant: string): Promise<TenantHealth | Outcome>
  /** What was counted; null where nothing was. */
  metrics(tenant: string): Promise<Reading | null>
  activity(tenant: string, client: string): Promise<TenantActivity | Outcome>
  act(tenant: string, patienceMs: number, act: Act): Promise<Outcome>
  revoke(tenant: string, revocations: readonly Revocation[]): Promise<Revoked | Outcome>
  erase(tenant: string): Promise<Outcome>
  poll(): Promise<PollReply>
  takeFrames(
    claims: Claims,
    id: string,
    frames: readonly string[],
    credential?: Credential,
  ): Promise<boolean | WireError>
  endSession(claims: Claims, id: string): Promise<boolean>
}

/** Readings that the registry holds, of the tenants that were heard of last, and how many tenants it holds one of. */
export type TenantReadings = {
  readonly tenants: number
  readonly readings: { readonly tenant: string; readonly reading: Reading }[]
}

/** An alert that fires or cools down; `tenant` is empty where it is about the deployment, `since` in ms since 1970. */
export type OpenAlert = {
  readonly rule: string
  readonly tenant: string
  readonly since: number
  readonly isCooling: boolean
}

/** The registry of tenants, as their objects and the cron call it. */
export type RegistryRpc = Rpc.DurableObjectBranded & {
  /** What is absent comes from objects of an earlier deploy, which do not say it. */
  put(tenant: string, breaches?: readonly Breach[], reading?: Reading): void
  drop(tenant: string, reading?: Reading): void
  report(tenant: string, breaches: readonly Breach[]): void
  readings(limit: number, wanted?: readonly string[]): TenantReadings
  alerts(): OpenAlert[]
  sweep(): Promise<void>
}
