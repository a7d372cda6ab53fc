import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'

/** A browser that is driven over the DevTools protocol. https://chromedevtools.github.io/devtools-protocol/ */
export interface Browser {
  /** A new tab at an address. */
  open(url: string): Promise<Page>
  close(): Promise<void>
}

export interface Page {
  /**
   * What an expression gives, or what the promise of it does, as JSON. Throws what it throws, with what the page wrote
   * to its console.
   */
  evaluate(expression: string): Promise<unknown>
}

/** Starts a Chromium without a window. It says and hears messages on pipes 4 and 3, each ended by a zero byte. */
export function startBrowser(executable: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Browser {
  const child = spawn(executable, [...args, '--remote-debugging-pipe', 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const wire = new Wire(child)
  return {
    async open(url) {
      const { targetId } = await wire.ask<{ targetId: string }>('Target.createTarget', { url: 'about:blank' })
      const { sessionId } = await wire.ask<{ sessionId: string }>('Target.attachToTarget', { targetId, flatten: true })
      const said: string[] = []
      wire.listen(sessionId, ({ method, params }) => {
        if (method === 'Runtime.consoleAPICalled')
          said.push((params as Said).args.map(({ value, description }) => `${value ?? description}`).join(' '))
        if (method === 'Log.entryAdded') said.push((params as { entry: { text: string } }).entry.text)
        if (method === 'Inspector.targetCrashed') wire.fail(new Error(`the page crashed: ${wire.complaints}`))
      })
      for (const domain of ['Runtime', 'Log', 'Inspector', 'Page']) await wire.ask(`${domain}.enable`, {}, sessionId)
      const loaded = wire.event(sessionId, 'Page.loadEventFired')
      await wire.ask('Page.navigate', { url }, sessionId)
      await loaded
      return {
        async evaluate(expression) {
          const options = { expression, awaitPromise: true, returnByValue: true }
          const { result, exceptionDetails } = await wire.ask<Evaluated>('Runtime.evaluate', options, sessionId)
          if (!exceptionDetails) return result.value
          const { text, exception } = exceptionDetails
          throw new Error([exception?.description ?? text, ...said].join('\n'))
        },
      }
    },
    async close() {
      const gone = new Promise((done) => child.once('exit', done))
      if (child.exitCode !== null || child.signalCode !== null) return
      wire.ask('Browser.close').catch(() => child.kill('SIGKILL'))
      const late = setTimeout(() => child.kill('SIGKILL'), 5000)
      await gone
      clearTimeout(late)
    },
  }
}

interface Said {
  readonly args: readonly { readonly value?: unknown; readonly description?: string }[]
}
interface Evaluated {
  readonly result: { readonly value?: unknown }
  readonly exceptionDetails?: { readonly text: string; readonly exception?: { readonly description?: string } }
}
interface Message {
  readonly id?: number
  readonly sessionId?: string
  readonly method?: string
  readonly params?: unknown
  readonly result?: unknown
  readonly error?: { readonly message: string }
}

/** Questions and answers, and events. */
class Wire {
  readonly #to: Writable
  readonly #asked = new Map<number, { readonly done: (result: unknown) => void; readonly failed: (e: Error) => void }>()
  readonly #listeners = new Map<string, Set<(message: Message) => void>>()
  #failure: Error | undefined
  #heard = ''
  #count = 0
  /** The end of what the browser wrote to its terminal. */
  complaints = ''

  constructor(child: ChildProcess) {
    const [, , stderr, to, from] = child.stdio as unknown as [null, null, Readable, Writable, Readable]
    this.#to = to
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.complaints = (this.complaints + text).slice(-2000)
    })
    from.setEncoding('utf8').on('data', (text: string) => this.#hear(text))
    to.on('error', () => {})
    child.once('error', (error) => this.fail(error))
    child.once('exit', (code, signal) =>
      this.fail(new Error(`the browser ended (${code ?? signal}): ${this.complaints}`)),
    )
  }

  ask<R>(method: string, params: object = {}, sessionId?: string): Promise<R> {
    if (this.#failure) return Promise.reject(this.#failure)
    const id = ++this.#count
    return new Promise<unknown>((done, failed) => {
      this.#asked.set(id, { done, failed })
      this.#to.write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    }) as Promise<R>
  }

  listen(sessionId: string, listener: (message: Message) => void): void {
    const all = this.#listeners.get(sessionId) ?? new Set()
    this.#listeners.set(sessionId, all.add(listener))
  }

  /** The next event of a name. */
  event(sessionId: string, method: string): Promise<void> {
    return new Promise((done) => this.listen(sessionId, (message) => message.method === method && done()))
  }

  fail(error: Error): void {
    this.#failure ??= error
    for (const { failed } of this.#asked.values()) failed(error)
    this.#asked.clear()
  }

  #hear(text: string): void {
    const messages = (this.#heard + text).split('\0')
    this.#heard = messages.pop()!
    for (const json of messages) this.#handle(JSON.parse(json) as Message)
  }

  #handle(message: Message): void {
    const { id, sessionId, result, error } = message
    if (id === undefined) {
      for (const listener of this.#listeners.get(sessionId ?? '') ?? []) listener(message)
      return
    }
    const asked = this.#asked.get(id)
    this.#asked.delete(id)
    if (error) asked?.failed(new Error(error.message))
    else asked?.done(result)
  }
}
