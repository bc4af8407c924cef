import type { ClientWatcher, InPostgres } from '../judge/client-checker.ts'

/** Keeps what a client says and is told, until the log is there to hold it against. */
export class Recorder implements ClientWatcher {
  epoch: string | undefined
  readonly sentUpTo = 0
  readonly #heard: ((watcher: ClientWatcher) => void)[] = []

  connected(version: number): void {
    this.#heard.push((watcher) => watcher.connected(version))
  }

  said(text: string): void {
    this.#heard.push((watcher) => watcher.said(text))
  }

  heard(text: string): void {
    const [, epoch] = /^\["welcome",.*?"epoch":"([^"]+)"/.exec(text) ?? []
    if (epoch !== undefined) this.epoch = epoch
    this.#heard.push((watcher) => watcher.heard(text))
  }

  disturbed(): void {
    this.#heard.push((watcher) => watcher.disturbed())
  }

  /** Where an edit stands is not known before the end. */
  placeOf(): undefined {
    return undefined
  }

  finished(inPostgres: InPostgres): void {
    this.#heard.push((watcher) => watcher.finished(inPostgres))
  }

  /** Lets a watcher hear all of it, in order. */
  replay(watcher: ClientWatcher): void {
    for (const tell of this.#heard) tell(watcher)
  }
}
