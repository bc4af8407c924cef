import type { Application, Claims } from '../../../src/core/app/application.ts'
import type { Rights } from '../../../src/core/query/view.ts'
import { EVERYTHING } from '../../../src/protocol/normal-filter.ts'
import type { Row } from '../../../src/protocol/value.ts'
import { board } from '../../../test/fixtures/board.ts'
import { TestServer } from '../../src/testing/test-server.ts'
import type { Wire } from '../../src/testing/wire.ts'

export type { Wire } from '../../src/testing/wire.ts'

/** The testing kit's server, where everybody sees everything and people are named after their clients. */
export class SmallServer extends TestServer {
  /** Clients whose person may only read. */
  readonly readers = new Set<string>()
  /** The people of clients who are not named after them. */
  readonly subjects = new Map<string, string>()

  constructor(application: Application = board) {
    super(application)
  }

  protected override claimsOf({ client }: Wire): Claims {
    const role = this.readers.has(client) ? 'reader' : 'writer'
    return { sub: this.subjects.get(client) ?? `person of ${client}`, tenant: 'acme', role }
  }

  protected override rightsOf(): Rights {
    return { read: EVERYTHING, hidden: [] }
  }

  override rows(collection = 'cards'): Row[] {
    return super.rows(collection)
  }
}
