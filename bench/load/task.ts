import type { PeerName } from './peers.ts'

/** Which protocol a server speaks. */
export type Speaks = 'bare' | 'tidemark' | PeerName

/** What the generator is to do: open sockets, then keep so many writes in flight, and measure. */
export type Task = {
  readonly url: string
  readonly speaks: Speaks
  /** One for each socket, the writers' first; empty where the server asks for none. */
  readonly tokens: readonly string[]
  readonly writers: number
  readonly subscribers: number
  readonly rows: number
  readonly inFlight: number
  readonly warmUpMs: number
  readonly measureMs: number
  /** Whether the parent is told of each write, to make it in Postgres too. */
  readonly tells: boolean
}

/** What came of it. Times in ms, from sending a write until the last subscriber has it. */
export type Measurement = {
  readonly writes: number
  readonly writesPerSecond: number
  readonly p50: number
  readonly p99: number
  /** Bytes of frames' contents per write and subscriber. */
  readonly bytes: number
  /** Share of one core that the generator itself took: near 1 it is the limit. */
  readonly generatorCpu: number
}

/** A write as the parent makes it in Postgres. */
export type Told = readonly [id: string, reference: string]

export type FromGenerator =
  | { readonly is: 'wrote'; readonly writes: readonly Told[] }
  | { readonly is: 'warm' }
  /** Now and then: how many writes all subscribers have by now. */
  | { readonly is: 'delivered'; readonly writes: number }
  | { readonly is: 'measured'; readonly measurement: Measurement }
  | { readonly is: 'failed'; readonly message: string }
