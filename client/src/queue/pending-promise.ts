/** A promise and what settles it. */
export type PendingPromise<Result> = {
  readonly promise: Promise<Result>
  readonly resolve: (result: Result) => void
  readonly reject: (reason: unknown) => void
}

/** `Promise.withResolvers`, which Node 20 and browsers of 2023 do not have. */
export function pendingPromise<Result>(): PendingPromise<Result> {
  let resolve: PendingPromise<Result>['resolve'] = () => {}
  let reject: PendingPromise<Result>['reject'] = () => {}
  const promise = new Promise<Result>((settle, fail) => {
    resolve = settle
    reject = fail
  })
  return { promise, resolve, reject }
}
