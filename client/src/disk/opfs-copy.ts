import { type PendingPromise, pendingPromise } from '../queue/pending-promise.ts'
import { copyWorker } from './copy-worker.ts'
import type { SecondCopies, SecondCopy } from './second-copy.ts'

type Answer = readonly [id: number, text: string | undefined, error: string | undefined]

/** The copies of a browser: files of the origin's own file system, written by a worker, as only those can flush. */
export function opfsCopies(place: string): SecondCopies {
  const ask = (owner: string) => new CopyFile(`${place} ${owner}`)
  return {
    async open(owner) {
      const file = ask(owner)
      try {
        await file.ask('open')
        return file
      } catch (thrown) {
        file.close()
        throw thrown
      }
    },
    async remove(owner) {
      const file = ask(owner)
      try {
        await file.ask('remove')
      } finally {
        file.close()
      }
    },
  }
}

class CopyFile implements SecondCopy {
  readonly #name: string
  readonly #worker: Worker
  readonly #asked = new Map<number, PendingPromise<string>>()
  #last = 0

  constructor(name: string) {
    this.#name = name
    // From a text, so that no bundler has to know of another file.
    const address = URL.createObjectURL(new Blob([`(${copyWorker})()`], { type: 'text/javascript' }))
    this.#worker = new Worker(address)
    URL.revokeObjectURL(address)
    this.#worker.onmessage = ({ data: [id, text = '', error] }: MessageEvent<Answer>) => {
      const answer = this.#asked.get(id)
      this.#asked.delete(id)
      if (error === undefined) answer?.resolve(text)
      else answer?.reject(new Error(error))
    }
    // A page whose policy allows no such worker, for one.
    this.#worker.onerror = () => this.close()
  }

  ask(what: 'open' | 'read' | 'append' | 'clear' | 'remove', text = this.#name): Promise<string> {
    const answer = pendingPromise<string>()
    const id = ++this.#last
    this.#asked.set(id, answer)
    this.#worker.postMessage([id, what, text])
    return answer.promise
  }

  async read(): Promise<readonly string[]> {
    // What has no end was cut off.
    return (await this.ask('read')).split('\n').slice(0, -1)
  }

  async append(lines: readonly string[]): Promise<void> {
    await this.ask('append', lines.map((line) => `${line}\n`).join(''))
  }

  async clear(): Promise<void> {
    await this.ask('clear')
  }

  /** What was asked before is still done, and then the file is free for another page. */
  close(): void {
    for (const { reject } of this.#asked.values()) reject(new Error('The copy is closed.'))
    this.#asked.clear()
    this.#worker.postMessage([0, 'close', ''])
  }
}
