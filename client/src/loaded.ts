export { later } from './later.ts'
export { networkOpener } from './transport/network.ts'
