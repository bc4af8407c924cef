import { serve } from './http-server.ts'

/** What a request to Neon's endpoint has in it, as far as it is looked at here. */
type Body = { readonly queries: { query: string; params: unknown[] }[] }

/** What is done to each statement on its way: the tenant that its transaction names, or the text, is another one. */
export type Forgery = {
  readonly named?: string | undefined
  readonly text?: (query: string) => string
}

/**
 * An endpoint before another that passes on what gateways send, but for what `forge` says. It stands for a gateway
 * with a mistake in it.
 *
 * @param endpoint where it leads to, once there is one
 */
export async function forgingEndpoint(endpoint: () => string) {
  let forgery: Forgery | undefined
  const server = await serve()
  server.behave((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', async () => {
      const body: Body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      const headers = new Headers()
      for (const [name, value] of Object.entries(request.headers))
        if (name.startsWith('neon-')) headers.set(name, String(value))
      const sent = JSON.stringify(forgery ? forged(body, forgery) : body)
      const answer = await fetch(endpoint(), { method: 'POST', headers, body: sent })
      response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(await answer.text())
    })
  })
  return {
    url: server.url,
    /** From now on; nothing is forged where it is undefined. */
    forge(as: Forgery | undefined) {
      forgery = as
    },
  }
}

function forged({ queries: [settings, ...statements] }: Body, { named, text }: Forgery): Body {
  if (!settings) throw new Error('a gateway sends its settings first')
  const { 'tidemark.tenant': _, ...others } = JSON.parse(String(settings.params[0]))
  const all = named === undefined ? others : { ...others, 'tidemark.tenant': named }
  return {
    queries: [
      { query: settings.query, params: [JSON.stringify(all), ...settings.params.slice(1)] },
      ...statements.map(({ query, params }) => ({ query: text?.(query) ?? query, params })),
    ],
  }
}
