/**
 * Browsers name the page's origin, and a page elsewhere must not ride on somebody's network.
 * Programs name none; they prove who they are by the token alone.
 *
 * @param allowed exact origins, separated by commas
 */
export function originAllowed(request: Request, allowed: string): boolean {
  const origin = request.headers.get('Origin')
  if (origin === null || origin === new URL(request.url).origin) return true
  return allowed
    .split(',')
    .map((entry) => entry.trim())
    .some((entry) => entry !== '' && entry === origin)
}
