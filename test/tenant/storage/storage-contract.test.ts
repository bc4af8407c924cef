import { runInDurableObject } from 'cloudflare:test'
import { describe } from 'vitest'
import { storageContract } from '../../contract/storage.ts'
import { newTenant } from '../support/peer.ts'
import { objectOf } from '../support/tenant-world.ts'

describe('the platform’s storage', () => {
  storageContract((work) =>
    runInDurableObject(objectOf(newTenant('contract')), (_, { storage }) => work(storage)),
  )
})
