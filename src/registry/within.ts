/**
 * Waits for a call to another object, but not longer than `ms`. Rejects then: whether the call has had
 * an effect stays open.
 */
export async function within<Value>(ms: number, call: PromiseLike<Value>): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  try {
    return await Promise.race([call, late])
  } finally {
    clearTimeout(timer)
  }
}
