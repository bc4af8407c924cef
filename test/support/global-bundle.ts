import { bundleBeforehand } from '../../dev/harness/bundle.ts'
import { BOARD } from '../fixtures/board/application.ts'

const MADE = Symbol.for('the bundle of this run')

/** Shared by all projects of a run, each of which loads this module for itself. */
const run: typeof globalThis & { [MADE]?: Promise<() => Promise<void>> } = globalThis

/** Bundles the board's Worker once, for all stacks of a run. */
export default function setup(): Promise<() => Promise<void>> {
  run[MADE] ??= bundleBeforehand(BOARD)
  return run[MADE]
}
