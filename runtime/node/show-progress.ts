import { isNotInstalled } from '../data/installed.ts'
import { messageOf } from '../message-of.ts'
import { amountOf } from '../too-large.ts'
import type { Entry, Progress } from '../train/recorder.ts'

/** Shows people how far training is, on standard error: a bar that moves in a terminal, else a line now and then. */
export interface ProgressShown {
  progress(now: Progress): void
  log(entry: Entry): void
  /** A line of its own. */
  say(message: string): void
  end(): void
}

/** Where what is shown goes. */
interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
}

/** The bar is that of the package cli-progress, where it is installed. */
export async function showProgress(output: Output & NodeJS.WritableStream = process.stderr): Promise<ProgressShown> {
  if (output.isTTY !== true) return lines(output)
  try {
    const { default: progress } = await import('cli-progress')
    return bar(output, progress)
  } catch (error) {
    return lines(
      output,
      isNotInstalled(error)
        ? 'npm install cli-progress shows a bar here'
        : `no bar is shown, since the package 'cli-progress' does not load: ${messageOf(error)}`,
    )
  }
}

function bar(output: Output & NodeJS.WritableStream, { SingleBar }: typeof import('cli-progress')): ProgressShown {
  const shown = new SingleBar({
    stream: output,
    format: '{bar} {value}/{total}  {what}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    fps: 10,
    linewrap: null,
  })
  let started = false
  // The bar is drawn anew below it.
  const say = (message: string) => void output.write(started ? `\r\x1b[K${message}\n` : `${message}\n`)
  return {
    progress(now) {
      const payload = { what: describe(now) }
      if (!started) shown.start(now.steps, now.step, payload)
      started = true
      shown.update(now.step, payload)
    },
    log(entry) {
      if (entry.kind === 'evaluation') say(lineOf(entry))
    },
    say,
    end() {
      if (started) shown.stop()
      started = false
    },
  }
}

/** Seconds between lines. */
const apart = 10

function lines(output: Output, hint?: string): ProgressShown {
  if (hint !== undefined) output.write(`${hint}\n`)
  // How long the rest takes is not known before some steps have been done.
  let before = performance.now() / 1000 - apart + 1
  return {
    progress(now) {
      const time = performance.now() / 1000
      if (time - before < apart && now.step < now.steps) return
      before = time
      output.write(`step ${now.step}/${now.steps}  ${describe(now)}\n`)
    },
    log(entry) {
      if (entry.kind === 'evaluation') output.write(`${lineOf(entry)}\n`)
    },
    say: (message) => void output.write(`${message}\n`),
    end: () => {},
  }
}

const lineOf = ({ step, values }: Entry): string => `step ${step}  evaluation: ${valuesOf(values)}`

const describe = ({ values, stepsPerSecond, secondsLeft, memory, epoch }: Progress): string =>
  [
    valuesOf(values),
    ...(epoch === undefined ? [] : [`epoch ${epoch.toFixed(1)}`]),
    `${stepsPerSecond >= 100 ? Math.round(stepsPerSecond) : stepsPerSecond.toPrecision(3)} steps/s`,
    ...(secondsLeft > 0 ? [`${durationOf(secondsLeft)} left`] : []),
    amountOf(memory),
  ].join('  ')

const valuesOf = (values: { readonly [name: string]: number }): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value.toPrecision(4)}`)
    .join('  ')

/** '1h 02m', '3m 04s', '5s'. */
export function durationOf(seconds: number): string {
  const whole = Math.round(seconds)
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (value: number) => `${value}`.padStart(2, '0')
  if (hours > 0) return `${hours}h ${two(minutes)}m`
  return minutes > 0 ? `${minutes}m ${two(rest)}s` : `${rest}s`
}
