import { type WireError, wireError } from '../../../src/protocol/errors.ts'
import type { Observable } from '../api/observable.ts'
import type { ConnectionSnapshot, QuerySnapshot } from '../api/types.ts'

/** The error of a query that has no rows: with the code and the sentence of what stands against it. */
export class QueryError extends Error {
  override readonly name = 'QueryError'
  readonly code: WireError['code']

  constructor({ code, message }: WireError) {
    super(message)
    this.code = code
  }
}

/** The first loaded snapshot of a query. Rejects where there is none, or once the caller's signal says so. */
export function once<Row extends object>(
  query: Observable<QuerySnapshot<Row>>,
  connection: Observable<ConnectionSnapshot>,
  signal?: AbortSignal,
): Promise<QuerySnapshot<Row>> {
  return new Promise((resolve, reject) => {
    const stops: (() => void)[] = []
    const settle = (run: () => void) => {
      for (const stop of stops.splice(0)) stop()
      run()
    }
    const look = () => {
      if (signal?.aborted) return settle(() => reject(signal.reason))
      const snapshot = query.getSnapshot()
      if (snapshot.status === 'ready') return settle(() => resolve(snapshot))
      const error = snapshot.error ?? endOf(connection.getSnapshot())
      return error && settle(() => reject(new QueryError(error)))
    }
    stops.push(query.subscribe(look), connection.subscribe(look))
    signal?.addEventListener('abort', look)
    stops.push(() => signal?.removeEventListener('abort', look))
    look()
  })
}

/** Why no answer will ever come. */
function endOf({ state, cause }: ConnectionSnapshot): WireError | undefined {
  if (state === 'closed')
    return cause ?? wireError('client-closed', 'The client was closed before the query was loaded.')
  return state === 'update-required' ? cause : undefined
}
