export { type Replayed, replay } from './replay.ts'
export {
  createTestTenant,
  type TestableApp,
  type TestClaims,
  type TestClientOptions,
  type TestFields,
  type TestTenant,
  type TestTenantOptions,
} from './test-tenant.ts'
