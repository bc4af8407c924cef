import { describe } from 'vitest'
import { storageContract } from '../../contract/storage.ts'
import { SimulatedStorage } from './storage.ts'

describe('the simulation’s storage', () => {
  storageContract(async (work) => {
    const storage = new SimulatedStorage()
    try {
      await work(storage)
    } finally {
      storage.close()
    }
  })
})
