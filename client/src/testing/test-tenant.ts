import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Application, Claims } from '../../../src/core/app/application.ts'
import { tellIssues } from '../../../src/core/app/tell-issues.ts'
import type { Row } from '../../../src/protocol/value.ts'
import type { CollectionsOf } from '../api/app-types.ts'
import type { AppTypes, Client } from '../api/types.ts'
import { makeClient } from '../client-in.ts'
import { later } from '../later.ts'
import type { ClientOptions } from '../options.ts'
import { Clock, settle } from './clock.ts'
import { Device } from './device.ts'
import { externalDelete, externalWrite, knownCollection } from './external-write.ts'
import { TestServer } from './test-server.ts'

/** An application as `defineApp(...)` makes it. */
export type TestableApp = AppTypes &
  Application & { readonly claims: StandardSchemaV1<unknown, { sub: string; tenant: string }> }

/** The claims of a person, as the application's tokens have them; the tenant may be left out. */
export type TestClaims<App extends TestableApp> = {
  readonly [Claim in keyof ClaimsOf<App> as Claim extends 'tenant' ? never : Claim]: ClaimsOf<App>[Claim]
} & { readonly tenant?: string }

type ClaimsOf<App extends TestableApp> = StandardSchemaV1.InferOutput<App['claims']>

export type TestTenantOptions = {
  /** The tenant that people are of. Default: `test`. */
  readonly tenant?: string
  /** Where ids and chance begin: the same seed makes the same ids. Default: 1. */
  readonly seed?: number
  /** Milliseconds since 1970 at which its clock stands to begin with. Default: the beginning of 2026. */
  readonly now?: number
}

/** Options of a test's client, as of `createClient`. */
export type TestClientOptions = Pick<ClientOptions, 'parts' | 'onError' | 'clientId' | 'trace'>

/** The columns of a record that a test writes in the database. */
export type TestFields<App extends TestableApp, Name extends keyof CollectionsOf<App>> = Partial<
  Omit<CollectionsOf<App>[Name]['row'], 'id'>
>

/** A tenant in memory, whose clock and network the test moves. */
export type TestTenant<App extends TestableApp> = {
  /**
   * A person's client, on a device of its own. It is live after the next `settle()`.
   *
   * @throws TypeError when the application's claims do not allow such a person
   */
  client(claims: TestClaims<App>, options?: TestClientOptions): Client<App>
  /**
   * Lets everything arrive that is under way, at all clients that are online and in Postgres. No time passes.
   *
   * @throws what the application's own listeners and rules threw meanwhile
   */
  settle(): Promise<void>
  /** Lets so many milliseconds pass; what is due in them happens, and arrives. */
  advance(ms: number): Promise<void>
  /** Milliseconds since 1970. */
  now(): number
  /** Takes the network from a client. What is on its way is lost, and edits wait. */
  offline(client: Client<App>): void
  /** Gives a client the network back. */
  online(client: Client<App>): void
  /** All records of a collection as the server has them, in the order of their ids, whoever may see them. */
  rows<Name extends keyof CollectionsOf<App> & string>(collection: Name): CollectionsOf<App>[Name]['row'][]
  /**
   * Writes a row in the database, as another program does by SQL: rules do not apply. A row that is not there is
   * inserted. What was accepted before is in Postgres before.
   *
   * @throws TypeError when the row could not be such
   */
  write<Name extends keyof CollectionsOf<App> & string>(
    collection: Name,
    id: string,
    fields: TestFields<App, Name>,
  ): void
  /** Deletes a row in the database, as another program does. */
  delete(collection: keyof CollectionsOf<App> & string, id: string): void
  /** Has Postgres refuse the next edit of a collection that gets there, with a sentence. */
  refuseNext(collection: keyof CollectionsOf<App> & string, sentence: string): void
  /** Closes all clients. */
  close(): void
}

/** Rounds of delivery after which what still goes on is taken to go on for ever. */
const MAX_ROUNDS = 1_000

/**
 * Makes a tenant of an application for tests: no server, no database, and the engine's own ordering, merging and
 * rights.
 *
 * @example
 * const tenant = createTestTenant(app)
 * const db = tenant.client({ sub: 'ada', role: 'editor' })
 * await tenant.settle()
 */
export function createTestTenant<App extends TestableApp>(
  app: App,
  { tenant: name = 'test', seed = 1, now = Date.UTC(2026, 0, 1) }: TestTenantOptions = {},
): TestTenant<App> {
  if (!Array.isArray(app?.manifest?.collections) || app.claims === undefined)
    throw new TypeError('createTestTenant takes an application, as defineApp(...) makes it.')
  const clock = new Clock(seed, now)
  const server = new TestServer(app, clock.now)
  const devices = new Map<Client<App>, Device>()
  const names = new Set<string>()

  const deviceOf = (client: Client<App>): Device => {
    const device = devices.get(client)
    if (device) return device
    throw new TypeError('This client is not of this test tenant: give it one that its client(...) made.')
  }

  const settleAll = async (): Promise<void> => {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      await settle()
      const moved = [...devices.values()].map((device) => device.deliver())
      throwFirst(devices.values())
      if (moved.includes(true)) continue
      if (!server.hasUncommitted) return
      server.commit(server.tenant.head)
    }
    throw new Error(
      `After ${MAX_ROUNDS} rounds there is still something on its way: a listener may edit whenever rows arrive.`,
    )
  }

  return {
    client(claims, options = {}) {
      const person = parseClaims(app, { tenant: name, ...claims }, name)
      const device = new Device({ clock, server, claims: person })
      const clientId = options.clientId ?? device.newId()
      if (names.has(clientId))
        throw new TypeError(`There is a client "${clientId}" already; leave clientId out to get a new one.`)
      const url = 'https://tidemark.test'
      const getToken = () => 'token'
      const made = { ...options, url, tenant: name, getToken, clientId }
      const client = makeClient<App>(device, made, () => later)
      names.add(clientId)
      devices.set(client, device)
      return client
    },
    settle: settleAll,
    advance: async (ms) => {
      if (!(ms >= 0 && ms < Number.POSITIVE_INFINITY))
        throw new TypeError(`advance takes milliseconds, 0 or more, and not ${ms}.`)
      await settleAll()
      await clock.pass(ms, settleAll)
      await settleAll()
    },
    now: clock.now,
    offline: (client) => deviceOf(client).turn(false),
    online: (client) => deviceOf(client).turn(true),
    rows(collection) {
      // Sound: the engine checked them against the columns of the same application that the types are of.
      return server
        .rows(knownCollection(app.manifest, collection).name)
        .map(copied) as CollectionsOf<App>[typeof collection]['row'][]
    },
    write: (collection, id, fields) =>
      server.takeExternal(() => externalWrite(app.manifest, server.tenant, { collection, id, fields })),
    delete: (collection, id) =>
      server.takeExternal(() => externalDelete(app.manifest, server.tenant, { collection, id })),
    refuseNext: (collection, sentence) =>
      server.refuseNext(knownCollection(app.manifest, collection).name, sentence),
    close() {
      for (const client of devices.keys()) client.close()
    },
  }
}

/** The claims as the application's own schema reads them from a token. */
function parseClaims({ claims: schema }: TestableApp, given: unknown, tenant: string): Claims {
  const checked = schema['~standard'].validate(given)
  if (checked instanceof Promise)
    throw new TypeError(
      'A test tenant lets people in at once: its claims need a schema that answers at once.',
    )
  if (checked.issues)
    throw new TypeError(`The application does not take these claims. ${tellIssues(checked.issues)}`)
  const { value } = checked
  if (value.tenant === tenant) return { ...value }
  throw new TypeError(`A person of "${value.tenant}" is not let in here: this is the tenant "${tenant}".`)
}

/** What the application threw is the test's to see. */
function throwFirst(devices: Iterable<Device>): void {
  for (const { thrown } of devices) if (thrown.length > 0) throw thrown.splice(0)[0]
}

function copied(row: Row): unknown {
  return JSON.parse(JSON.stringify(row))
}
