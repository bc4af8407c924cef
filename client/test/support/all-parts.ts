import { conflicts } from '../../src/conflicts.ts'
import { history } from '../../src/history.ts'
import { notifications } from '../../src/notifications.ts'
import type { Part } from '../../src/parts/part.ts'
import { presence } from '../../src/presence.ts'

/** Every part that a client can have. */
export const allParts = (): Part[] => [conflicts(), notifications(), presence(), history()]
