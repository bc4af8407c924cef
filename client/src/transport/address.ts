/**
 * The address of the socket: `url` with the path of the service behind it.
 *
 * @param page the page's own address, against which a bare path is read; none in a process without a page
 * @throws TypeError when `url` is no address, or a bare path without a page
 */
export function connectAddress(url: string, page?: string): string {
  const address = new URL(url, page)
  address.protocol = address.protocol.replace('http', 'ws')
  address.pathname = `${address.pathname.replace(/\/$/, '')}/sync/connect`
  return address.href
}
