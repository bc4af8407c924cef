declare global {
  /** A token of whoever has the page open; the test gives it. */
  var tokenOf: () => Promise<string>
}

/** Asks the test for a token, as a page asks its server. */
export const getToken = () => globalThis.tokenOf()
