/** What the build has made: its name, and each file by its path with its hash. The build puts it here. */
declare const BUILD: { readonly name: string; readonly files: Readonly<Record<string, string>> }
declare const self: ServiceWorkerGlobalScope

/** Milliseconds that a network has to answer with the page, before the one that was kept is shown. */
const PATIENCE_MS = 3_000

/** Builds that are kept: this one, and the one that windows may still be open with. */
const KEPT_BUILDS = 2

const PREFIX = 'page '
const CACHE = `${PREFIX}${BUILD.name}`

/**
 * Lets the page open without a network: keeps the files of its build, as one or not at all.
 *
 * - The page itself comes from the network where that answers in time, so that nobody is shown an old one.
 * - What it is made of has its hash in its name, so what was kept is what is asked for. A window of the build before
 *   finds what it loads late, too.
 * - Nothing else is answered here: neither the connection nor what the server is asked.
 */
self.addEventListener('install', (event) => {
  event.waitUntil(keepBuild().then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(dropOldBuilds().then(() => self.clients.claim()))
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin) return
  if (request.mode === 'navigate' && pathname === '/') event.respondWith(openPage(request))
  if (pathname.startsWith('/assets/')) event.respondWith(loadFile(request))
})

async function keepBuild(): Promise<void> {
  await caches.delete(CACHE)
  const cache = await caches.open(CACHE)
  const keep = async ([path, integrity]: [string, string]) => {
    // A file of another build, of a server that is being deployed, is none of this one.
    const response = await fetch(path, { integrity, cache: 'no-cache' })
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}`)
    await cache.put(path, response)
  }
  try {
    await Promise.all(Object.entries(BUILD.files).map(keep))
  } catch (error) {
    await caches.delete(CACHE)
    throw error
  }
}

async function dropOldBuilds(): Promise<void> {
  // In the order in which they were made.
  const builds = (await caches.keys()).filter((name) => name.startsWith(PREFIX))
  await Promise.all(builds.slice(0, -KEPT_BUILDS).map((name) => caches.delete(name)))
}

async function openPage(request: Request): Promise<Response> {
  const answer = fetch(request)
  const kept = await caches.match('/', { cacheName: CACHE })
  if (!kept) return answer
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, PATIENCE_MS))
  const response = await Promise.race([answer, late]).catch(() => undefined)
  return response && response.status < 500 ? response : kept
}

async function loadFile(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request)
}

export {}
