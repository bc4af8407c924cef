import { RawPeer } from '../../dev/harness/raw-peer.ts'
import type { Stack } from '../../dev/invoices/stack.ts'
import { openCrowd } from './crowd.ts'
import { change, contact, invoice } from './ops.ts'

/** One less than a session may have. */
const PER_SESSION = 63

/**
 * Opens different subscriptions, one of them to the invoice of the first contact. Returns how to edit that until
 * whoever follows it is told, and how many ms it took.
 */
export async function openAudience(stack: Stack, tenant: string, subscriptions: number) {
  const token = await stack.pass(tenant, 'author')
  const author = await RawPeer.join({ url: stack.url, token, client: 'client-of-author' })
  await author.loaded('contacts')
  await author.push([contact('c0'), invoice('i0', 'c0')])
  const crowd = await openCrowd(stack, tenant, Math.ceil(subscriptions / PER_SESSION))
  let made = 0
  for (const peer of crowd) {
    for (let id = 0; id < PER_SESSION && made < subscriptions; id++, made++) {
      await peer.follow({ collection: 'invoices', where: ['=', 'contactId', `c${made}`] }, { id })
    }
  }
  const [reader] = crowd
  if (!reader) throw new Error('somebody reads')
  return async (round: number) => {
    const told = new Promise<void>((resolve) => {
      reader.onRows = () => resolve()
    })
    const begun = performance.now()
    await Promise.all([author.push([change('i0', { reference: { set: `${round}` } })]), told])
    return performance.now() - begun
  }
}
