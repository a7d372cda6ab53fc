/** A thread of the system that runs JavaScript: a worker of Node or of a browser. */
export interface Thread {
  post(message: unknown): void
  /** What it posts, and, where it ends by an error, that. */
  listen(message: (message: Reply) => void): void
  /** Whether the process stays for it. */
  hold(held: boolean): void
  end(): void
}

export type Reply =
  /** How much of its mail it has read, and the job in it that it cannot do. */
  | { readonly read: number; readonly refused?: { readonly id: number; readonly reason: string } }
  | { readonly done: number }
  | { readonly failed: string }

/** Node's own modules, without an import that a bundler would follow. */
const builtin = globalThis.process?.getBuiltinModule

/** Starts a thread that runs a script. Throws where a page does not allow it. */
export function startThread(source: string): Thread {
  if (builtin) {
    const { Worker } = builtin('node:worker_threads')
    // What the process was told of modules and loaders is not for this script.
    const worker = new Worker(source, { eval: true, execArgv: [], name: 'fluxion' })
    worker.unref()
    return {
      post: (message) => worker.postMessage(message),
      listen(message) {
        worker.on('message', message)
        worker.on('error', (error) => message({ failed: String(error) }))
      },
      hold: (held) => (held ? worker.ref() : worker.unref()),
      end: () => void worker.terminate(),
    }
  }
  const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }))
  const worker = new Worker(url, { name: 'fluxion' })
  return {
    post: (message) => worker.postMessage(message),
    listen(message) {
      worker.onmessage = ({ data }: MessageEvent<Reply>) => message(data)
      worker.onerror = (event) => message({ failed: event.message || 'the page does not allow it' })
    },
    hold: () => {},
    end() {
      worker.terminate()
      URL.revokeObjectURL(url)
    },
  }
}
