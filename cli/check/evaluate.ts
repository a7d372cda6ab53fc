import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Frame, Module, Raw, Said } from './raw.ts'

interface Evaluator {
  /**
   * What evaluating the exported programs of these modules finds, each module in turn. Modules are not trusted to end,
   * nor to leave the process alive.
   */
  evaluate(modules: readonly Module[]): Promise<readonly Raw[]>
  close(): void
}

interface EvaluateOptions {
  /** Seconds that a module may take to load, and each of its programs to be traced. */
  readonly limit: number
}

/**
 * A process for authors' modules, which is started at once. One that a module ends, or that has to be ended, is
 * followed by another.
 */
export function openEvaluator(options: EvaluateOptions): Evaluator {
  let process: ChildProcess | undefined = start()
  return {
    async evaluate(modules) {
      const found: Raw[] = []
      for (let rest = modules; rest.length > 0; ) {
        process ??= start()
        const { ended, raws } = await run(process, rest, options)
        found.push(...raws)
        if (ended < rest.length) {
          process.kill('SIGKILL')
          process = undefined
        }
        // The one that it ended in is not tried again.
        rest = rest.slice(ended + 1)
      }
      return found
    },
    close() {
      process?.kill('SIGKILL')
      process = undefined
    },
  }
}

interface Run {
  /** How many modules are done. */
  readonly ended: number
  readonly raws: readonly Raw[]
}

/** Until all modules are done, one of them takes too long, or the process is no more. */
function run(child: ChildProcess, modules: readonly Module[], { limit }: EvaluateOptions): Promise<Run> {
  return new Promise((done) => {
    const raws: Raw[] = []
    let ended = 0
    let begun: Extract<Said, { kind: 'begins' }> | undefined
    let timer: NodeJS.Timeout | undefined
    let isOver = false
    const finish = (): void => {
      isOver = true
      clearTimeout(timer)
      child.off('message', hear).off('error', fails).off('exit', exits)
      done({ ended, raws })
    }
    const blame = (raw: Omit<Raw, 'module' | 'program'>): void => {
      if (isOver) return
      raws.push({ ...raw, module: modules[ended]!.file, program: begun?.program })
      finish()
    }
    const subject = (): string => (begun?.name === undefined ? 'loading the module' : `tracing ${begun.name}`)
    const watch = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        // What it has said while this process was busy is heard first.
        timer = setTimeout(() => blame({ code: 'FX9004', message: `${subject()} takes more than ${limit} s` }), 200)
      }, limit * 1000)
    }
    const hear = (said: Said): void => {
      if (said.kind === 'found') raws.push(said.found)
      else if (said.kind === 'begins') {
        begun = said
        watch()
      } else if (++ended === modules.length) finish()
    }
    const fails = ({ message }: Error): void =>
      blame({ code: 'FX9003', message: `the module cannot be run: ${message}` })
    const exits = (code: number | null, signal: string | null): void => {
      const how = signal === null ? `with exit code ${code}` : `by ${signal}, as when memory runs out`
      // What it said last may still be on its way.
      setTimeout(() => blame({ code: 'FX9003', message: `${subject()} ends the process ${how}` }), 50)
    }
    child.on('message', hear).on('error', fails).on('exit', exits)
    // Until it has begun, what takes long is starting.
    timer = setTimeout(
      () => blame({ code: 'FX9004', message: `the process for modules does not start within ${startLimit} s` }),
      startLimit * 1000,
    )
    // Where it has ended already, nothing else tells.
    child.send([...modules], (error) => error && setTimeout(() => fails(error), 100))
  })
}

const startLimit = 60

/** What a hostile module may take; a larger one is ended by Node. */
const memory = '--max-old-space-size=2048'

function start(): ChildProcess {
  const own = fileURLToPath(import.meta.url)
  const file = fileURLToPath(new URL(`./child${extname(own)}`, import.meta.url))
  const child = extname(own) === '.js' ? spawned([file]) : spawned(fromSources(file), dirname(file))
  // Who evaluates hears of it as well; between two runs nobody does.
  return child.on('error', () => {})
}

const spawned = (args: readonly string[], cwd = globalThis.process.cwd()): ChildProcess =>
  spawn(globalThis.process.execPath, [memory, ...args], { cwd, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })

/** As the project's own tests do: by Vite, which is found from the folder of the file. */
const fromSources = (file: string): readonly string[] => [
  '--input-type=module',
  '--eval',
  `const { runnerImport } = await import('vite'); await runnerImport(${JSON.stringify(file)}, { configFile: false, envFile: false, logLevel: 'silent' })`,
]

/** A frame of the same file and line. */
export const isAt = (frame: Frame | undefined, file: string, first: number, last: number): boolean =>
  frame !== undefined && frame.file === file && frame.line >= first && frame.line <= last
