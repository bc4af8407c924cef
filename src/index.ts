export { add, type Claims } from './core/app/application.ts'
export { people, role } from './core/app/audience.ts'
export {
  ask,
  counter,
  effect,
  immutable,
  lww,
  max,
  merge,
  min,
  set,
  states,
  text,
} from './core/app/policies.ts'
export { everything, type Where, where } from './core/query/where.ts'
export type { CollectionOptions, EffectTransaction } from './define/collection-options.ts'
export { type App, defineApp, type TidemarkApp } from './define/define-app.ts'
export { kinds } from './define/notify-options.ts'
