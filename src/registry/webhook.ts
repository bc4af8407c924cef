import type { Webhook } from '../platform/settings.ts'

/** Milliseconds for a receiver to answer. */
export const WEBHOOK_DEADLINE_MS = 5_000

/** A message, with the same id however often it is sent. */
export type Message = { readonly id: string; readonly body: string }

/**
 * An outcome of sending. `refused`: the receiver answered, and did not take it. `unanswered`: it did not, so
 * whether it has it stays open.
 */
export type Sent = { readonly is: 'taken' } | { readonly is: 'refused' | 'unanswered'; readonly why: string }

/**
 * Sends a message as Standard Webhooks has it (standardwebhooks.com): the headers `webhook-id`, by which a receiver
 * tells a repetition, `webhook-timestamp` and `webhook-signature`. Never rejects.
 *
 * @param now in ms since 1970
 */
export async function sendMessage({ url, key }: Webhook, { id, body }: Message, now: number): Promise<Sent> {
  const seconds = Math.floor(now / 1_000)
  try {
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: {
        'Content-Type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(seconds),
        'webhook-signature': await signatureOf(key, id, seconds, body),
      },
      // Whoever answers for another address has not taken it.
      redirect: 'manual',
      signal: AbortSignal.timeout(WEBHOOK_DEADLINE_MS),
    })
    await response.body?.cancel()
    return response.ok ? { is: 'taken' } : { is: 'refused', why: `the receiver answered ${response.status}` }
  } catch (thrown) {
    return { is: 'unanswered', why: String(thrown) }
  }
}

/** The signature of a message: HMAC-SHA256 over its id, its time in seconds since 1970, and its body. */
export async function signatureOf(
  key: Uint8Array<ArrayBuffer>,
  id: string,
  seconds: number,
  body: string,
): Promise<string> {
  const hmac = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  const signed = await crypto.subtle.sign('HMAC', hmac, new TextEncoder().encode(`${id}.${seconds}.${body}`))
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(signed)))}`
}
