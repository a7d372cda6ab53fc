import type { HostTensor } from '../data/host-tensor.ts'

/** Values that belong to a step. */
export interface Entry {
  /** How many steps had been done. */
  readonly step: number
  /** Since training began, over all its sittings. */
  readonly seconds: number
  /** 'train': means over the steps since the last such entry. */
  readonly kind: 'train' | 'evaluation'
  readonly values: { readonly [name: string]: number }
}

/** All that is needed to go on. */
export interface Checkpoint {
  /** How many steps had been done. */
  readonly step: number
  readonly seconds: number
  /** 'state.params.0.weight': a key is two u32. */
  readonly tensors: ReadonlyMap<string, HostTensor>
}

/** What is to be trained, for who records it. */
export interface Beginning {
  /** Of the program. */
  readonly program: string
  readonly seed: number
  /** How many steps are to be done in all. */
  readonly steps: number
  readonly device: string
  /** Bytes on the device. */
  readonly memory: number
  /** The rows of the data, and how many a step takes; not where there is no data. */
  readonly data?: { readonly rows: number; readonly batch: number }
  readonly parameters: number
}

export interface Progress {
  readonly step: number
  readonly steps: number
  /** How many times the data has been seen; not where there is none. */
  readonly epoch?: number
  /** Of the latest step. */
  readonly values: { readonly [name: string]: number }
  readonly stepsPerSecond: number
  readonly secondsLeft: number
  /** Bytes on the device. */
  readonly memory: number
}

export interface End {
  readonly status: 'done' | 'stopped' | 'interrupted' | 'failed'
  readonly step: number
  readonly seconds: number
  readonly message?: string
}

/**
 * Where training leaves its traces. `runFolder` of `fluxion/node` is one on disk; any part may be left out. What these
 * return is awaited.
 */
export interface Recorder {
  /** Before the first step. Gives the checkpoint to go on from, if there is one. */
  begin?(about: Beginning): Promise<Resumed | undefined> | undefined
  log?(entry: Entry): void | Promise<void>
  /** Called between steps; the next ones are done meanwhile, and there is no second before this is done. */
  save?(checkpoint: Checkpoint): Promise<void>
  /** Keeps a state that was measured to be better than all before it, in place of the one before. */
  saveBest?(checkpoint: Checkpoint): Promise<void>
  /** The checkpoint that was saved last. Without this it is kept in memory. */
  latest?(): Promise<Checkpoint | undefined>
  progress?(now: Progress): void
  warn?(message: string): void
  end?(how: End): void | Promise<void>
  /** Training ends after the step at hand, and saves, when this is aborted. */
  readonly signal?: AbortSignal
}

export interface Resumed extends Checkpoint {
  /** Those up to its step. */
  readonly entries: readonly Entry[]
  /** What it is called in messages. */
  readonly name: string
  /** Whether the best state up to there is kept. */
  readonly hasBest?: boolean
}
