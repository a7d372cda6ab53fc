export interface Interrupts {
  /** Leaves signals to others again. */
  dispose(): void
}

const signals = ['SIGINT', 'SIGTERM'] as const

/** Calls `first` at the first Ctrl-C, or request to end; from then on signals do what they do without this. */
export function listenForInterrupts(first: () => void): Interrupts {
  const dispose = () => {
    for (const signal of signals) process.off(signal, heard)
  }
  const heard = () => {
    dispose()
    first()
  }
  for (const signal of signals) process.on(signal, heard)
  return { dispose }
}
