/** The part of a file handle that workers alone have. */
type Handle = {
  getSize(): number
  read(buffer: Uint8Array, options: { at: number }): number
  write(buffer: Uint8Array, options: { at: number }): number
  truncate(size: number): void
  flush(): void
  close(): void
}

type SyncFile = { createSyncAccessHandle(): Promise<Handle> }

type Request = readonly [id: number, what: string, text: string]

/** The whole code of a copy's worker. It is handed over as a text, so it names nothing of outside. */
export function copyWorker(): void {
  let handle: Handle | undefined
  const folder = async () =>
    (await navigator.storage.getDirectory()).getDirectoryHandle('tidemark', { create: true })
  const fileOf = async (name: string) => {
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(name))
    return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
  }
  const isSync = (file: object): file is SyncFile => 'createSyncAccessHandle' in file
  /** A page that is being left may still have the file, for as long as its worker takes to end. */
  const open = async (name: string): Promise<Handle> => {
    const file = await (await folder()).getFileHandle(await fileOf(name), { create: true })
    if (!isSync(file)) throw new Error('There are no files that can be flushed.')
    for (let tries = 0; ; tries++) {
      try {
        return await file.createSyncAccessHandle()
      } catch (thrown) {
        if (tries === 40) throw thrown
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    }
  }
  const run = async (what: string, text: string): Promise<string> => {
    if (what === 'open') handle = await open(text)
    if (what === 'remove') {
      // Emptied first: a file that cannot be removed has nothing in it then.
      const emptied = await open(text)
      emptied.truncate(0)
      emptied.flush()
      emptied.close()
      await (await folder()).removeEntry(await fileOf(text))
    }
    if (what === 'close') {
      handle?.close()
      self.close()
    }
    if (!handle) return ''
    if (what === 'append') {
      const bytes = new TextEncoder().encode(text)
      const written = handle.write(bytes, { at: handle.getSize() })
      handle.flush()
      if (written !== bytes.length) throw new Error('The file is full.')
    }
    if (what === 'clear') {
      handle.truncate(0)
      handle.flush()
    }
    if (what !== 'read') return ''
    const bytes = new Uint8Array(handle.getSize())
    handle.read(bytes, { at: 0 })
    return new TextDecoder().decode(bytes)
  }
  let before: Promise<unknown> = Promise.resolve()
  self.onmessage = ({ data: [id, what, text] }: MessageEvent<Request>) => {
    before = before
      .then(() => run(what, text))
      .then(
        (answer) => self.postMessage([id, answer]),
        (thrown) => self.postMessage([id, undefined, String(thrown)]),
      )
  }
}
