export { add, type Claims } from './core/app/application.ts'
export { counter, effect, immutable, lww, max, min, states } from './core/app/policies.ts'
export { everything, type Where, where } from './core/query/where.ts'
export {
  type App,
  type CollectionOptions,
  defineApp,
  type EffectTransaction,
  type TidemarkApp,
} from './define/define-app.ts'
