/** A request with frames, or a goodbye, that the test has not answered yet. */
type Request = {
  readonly method: string
  readonly path: string
  readonly headers: Headers
  readonly body: string
  answer(status: number): void
  fail(): void
}

/** The server's end of a stream of events, played by the test. */
export class FakeService {
  /** What the stream's own request is answered with. */
  status = 200
  /** Everything asked for besides the stream, in its order. */
  readonly requests: Request[] = []
  /** Versions of the protocol that it does not speak. */
  readonly unsupported = new Set<string>()
  /** Addresses at which a stream was asked for. */
  readonly streamPaths: string[] = []
  streamHeaders = new Headers()
  left = false
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined

  readonly fetch: typeof fetch = async (address, init = {}) => {
    const { pathname, search, searchParams } = new URL(String(address))
    const headers = new Headers(init.headers)
    if (pathname.endsWith('/events')) {
      this.streamPaths.push(pathname + search)
      this.streamHeaders = headers
      init.signal?.addEventListener('abort', () => this.#leave())
      if (this.unsupported.has(searchParams.get('protocol') ?? '')) return new Response('{}', { status: 426 })
      return this.status === 200 ? new Response(this.#body()) : new Response('{}', { status: this.status })
    }
    const { signal } = init
    return new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')))
      this.requests.push({
        method: init.method ?? 'GET',
        path: pathname,
        headers,
        body: String(init.body ?? ''),
        answer: (status) => resolve(new Response(status === 204 ? null : '{}', { status })),
        fail: () => reject(new Error('the network is gone')),
      })
    })
  }

  /** Bodies of the requests so far. */
  get bodies(): string[] {
    return this.requests.map(({ body }) => body)
  }

  /** Writes to the stream, as it stands. */
  write(text: string): void {
    if (!this.left) this.#stream?.enqueue(new TextEncoder().encode(text))
  }

  end(): void {
    this.#stream?.close()
  }

  /** The client gives the stream's request up. */
  #leave(): void {
    if (this.left) return
    this.left = true
    this.#stream?.error(new Error('aborted'))
  }

  #body(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>({
      start: (stream) => {
        this.#stream = stream
      },
      cancel: () => {
        this.left = true
      },
    })
  }
}
