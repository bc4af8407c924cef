/** A module, or the promise of one. */
export type Load<Module> = () => Module | Promise<Module>

type Port<Module> = {
  readonly load: Load<Module>
  readonly arrived: (module: Module) => void
  readonly failed: (thrown: unknown) => void
}

/** Code that a page loads while it connects. What needs it waits, and is done in its order. */
export class Loading<Module> {
  readonly #port: Port<Module>
  #state: 'idle' | 'asked' | 'there' = 'idle'
  #waiting: (() => void)[] = []

  constructor(port: Port<Module>) {
    this.#port = port
  }

  /** Asks for it, unless it is there or on its way. */
  ask(): void {
    if (this.#state !== 'idle') return
    this.#state = 'asked'
    const loading = this.#port.load()
    if (!(loading instanceof Promise)) this.#arrived(loading)
    else {
      loading.then(
        (module) => this.#arrived(module),
        (thrown: unknown) => {
          this.#state = 'idle'
          this.#port.failed(thrown)
        },
      )
    }
  }

  /** Does something now, or as soon as it is there: so what has failed is asked for again. */
  whenThere(run: () => void): void {
    if (this.#state === 'there') run()
    else {
      this.#waiting.push(run)
      this.ask()
    }
  }

  /** What waits is not to be done any more. */
  forget(): void {
    this.#waiting = []
  }

  #arrived(module: Module): void {
    this.#port.arrived(module)
    this.#state = 'there'
    const waiting = this.#waiting
    this.#waiting = []
    for (const run of waiting) run()
  }
}
