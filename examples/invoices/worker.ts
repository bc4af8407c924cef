import { createWorker, type Environment } from 'tidemark/worker'
import { devSignIn } from './dev-sign-in.ts'
import { app } from './sync.ts'

const tidemark = createWorker(app)

/** The Durable Object of one tenant. */
export class Tenant extends tidemark.Tenant {}

/** The Durable Object that knows which tenants have clients. */
export class Registry extends tidemark.Registry {}

const routes = tidemark.routes.route('/dev', devSignIn)

export default { fetch: routes.fetch, scheduled: tidemark.scheduled } satisfies ExportedHandler<Environment>
