import { readdir, readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { DataError } from '../data/data-error.ts'
import type { Entry } from '../train/recorder.ts'
import { isLocked } from './lock.ts'

/** What run.json says. */
export interface RunFile {
  readonly format: 1
  readonly program: string
  /** A date of ISO 8601. */
  readonly created: string
  readonly seed: number
  /** How many are to be done in all. */
  readonly steps: number
  /** What the user noted. */
  readonly config: { readonly [name: string]: Json }
  readonly environment: {
    readonly fluxion: string
    readonly node: string
    readonly platform: string
    readonly device: string
  }
  readonly parameters: number
  /** Bytes on the device. */
  readonly memory: number
  readonly status: 'running' | 'done' | 'stopped' | 'interrupted' | 'failed'
  /** How many were done when this was written. */
  readonly step: number
  readonly seconds: number
  readonly message?: string
}

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json }

/** A run, as its folder has it. */
export interface Run {
  readonly name: string
  readonly folder: string
  readonly about: RunFile
  /** As `about` has it; 'killed' where it has 'running', and the process that ran it is not there any more. */
  readonly status: RunFile['status'] | 'killed'
  /** In the order they were written. */
  readonly entries: readonly Entry[]
  /** The steps of the checkpoints, in ascending order. */
  readonly checkpoints: readonly number[]
}

/** A folder that stands where a run should, and is none. */
export interface NoRun {
  readonly name: string
  readonly folder: string
  readonly problem: DataError
}

export const aboutFile = (folder: string): string => join(folder, 'run.json')
/** An entry a line. */
export const metricsFile = (folder: string): string => join(folder, 'metrics.jsonl')
export const checkpointFile = (folder: string, step: number): string =>
  join(folder, 'checkpoints', `step-${`${step}`.padStart(8, '0')}.safetensors`)

/** The state that was measured to be the best. */
export const bestFile = (folder: string): string => join(folder, 'checkpoints', 'best.safetensors')

/**
 * What a run's folder has. A last line of metrics that was not written to its end is left out.
 *
 * @throws DataError where there is no run.json, or a file is not what it should be.
 */
export async function readRun(folder: string): Promise<Run> {
  const about = parseRun(await contents(aboutFile(folder)), aboutFile(folder))
  const metrics = await contents(metricsFile(folder))
  return {
    name: basename(resolve(folder)),
    folder,
    about,
    status: about.status === 'running' && !(await isLocked(folder)) ? 'killed' : about.status,
    entries: metrics ? parseEntries(metrics, metricsFile(folder)) : [],
    checkpoints: await checkpointsOf(folder),
  }
}

/**
 * What stands in a folder of runs, by name: each folder in it as a run, or with what is wrong with it. Nothing where there is no such folder.
 *
 * @throws DataError where it is a file.
 */
export async function listRuns(folder: string): Promise<readonly (Run | NoRun)[]> {
  const found = await entriesOf(folder)
  const names = found.filter((entry) => entry.isDirectory() || entry.isSymbolicLink()).map(({ name }) => name)
  const runs = names.sort().map(async (name): Promise<Run | NoRun> => {
    const path = join(folder, name)
    try {
      return await readRun(path)
    } catch (problem) {
      if (problem instanceof DataError) return { name, folder: path, problem }
      throw problem
    }
  })
  return Promise.all(runs)
}

/** Undefined where there is no such file. */
async function contents(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw unreadable(file, 'a file that can be read', error)
  }
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return []
    throw unreadable(folder, 'a folder that can be read', error)
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

const unreadable = (path: string, expected: string, error: unknown): DataError =>
  new DataError(path, undefined, `expected ${expected}, found ${(error as NodeJS.ErrnoException).code}`, {
    cause: error,
  })

/** The steps of a run's checkpoints, in ascending order. */
export async function checkpointsOf(folder: string): Promise<readonly number[]> {
  const steps = (await entriesOf(join(folder, 'checkpoints'))).map(
    ({ name }) => /^step-(\d{8,})\.safetensors$/.exec(name)?.[1],
  )
  return steps
    .filter((step) => step !== undefined)
    .map(Number)
    .sort((a, b) => a - b)
}

/** What a field must be, in words, and whether a value is that. */
type Fields<T> = { readonly [K in keyof T]-?: readonly [expected: string, is: (value: unknown) => boolean] }

const isText = (value: unknown): value is string => typeof value === 'string'
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0
const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isOneOf = (words: readonly unknown[]) => (value: unknown) => words.includes(value)
const text = ['a text', isText] as const
const count = ['a whole number that is not negative', isCount] as const
const seconds = [
  'a number that is not negative',
  (value: unknown) => Number.isFinite(value) && (value as number) >= 0,
] as const
const statuses: readonly RunFile['status'][] = ['running', 'done', 'stopped', 'interrupted', 'failed']

const runFields: Fields<RunFile> = {
  format: ['1, which is the format that this version of fluxion reads', isOneOf([1])],
  program: text,
  created: ['a date of ISO 8601', (value) => isText(value) && !Number.isNaN(Date.parse(value))],
  seed: ['a whole number', Number.isSafeInteger],
  steps: count,
  config: ['an object', isRecord],
  environment: ['an object', isRecord],
  parameters: count,
  memory: count,
  status: [`one of ${statuses.join(', ')}`, isOneOf(statuses)],
  step: count,
  seconds,
  message: ['a text, or nothing', (value) => value === undefined || isText(value)],
}
const environmentFields: Fields<RunFile['environment']> = { fluxion: text, node: text, platform: text, device: text }
const entryFields: Fields<Entry> = {
  step: count,
  seconds,
  kind: ["'train' or 'evaluation'", isOneOf(['train', 'evaluation'])],
  values: ['an object of numbers', isRecord],
}

function parseRun(bytes: Buffer | undefined, file: string): RunFile {
  const fail = (problem: string, cause?: unknown): never => {
    throw new DataError(file, undefined, problem, { cause })
  }
  if (!bytes) return fail('expected the file that says what a run is, found none')
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    return fail(`expected JSON, found what is none: ${(error as Error).message}`, error)
  }
  const run = checked(value, runFields, '', fail)
  checked(run.environment, environmentFields, 'environment.', fail)
  return run
}

function parseEntries(bytes: Buffer, file: string): readonly Entry[] {
  const entries: Entry[] = []
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const end = bytes.indexOf('\n', start)
    const written = bytes.toString('utf8', start, end < 0 ? bytes.length : end)
    const fail = (problem: string, cause?: unknown): never => {
      throw new DataError(file, start, `line ${line}: ${problem}`, { cause })
    }
    let value: unknown
    try {
      value = JSON.parse(written)
    } catch (error) {
      // The process ended as it wrote this. What is whole is valid though its line's end is missing.
      if (end < 0) break
      fail(`expected JSON, found what is none: ${(error as Error).message}`, error)
    }
    entries.push(entryOf(value, fail))
    if (end < 0) break
    start = end + 1
  }
  return entries
}

function entryOf(value: unknown, fail: Fail): Entry {
  const entry = checked(value, entryFields, '', fail)
  const values = Object.entries<unknown>(entry.values).map(([name, value]) => {
    const number = unspeakable.get(value) ?? value
    return [
      name,
      typeof number === 'number' ? number : fail(`expected values.${name} to be a number, found ${shown(value)}`),
    ]
  })
  return { ...entry, values: Object.fromEntries(values) }
}

/** For JSON.stringify: NaN and the infinities as texts, since JSON has no numbers for them. */
export const speakable = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? `${value}` : value

/** What such texts stand for. */
const unspeakable: ReadonlyMap<unknown, number> = new Map(
  [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((number) => [`${number}`, number]),
)

type Fail = (problem: string, cause?: unknown) => never

function checked<T>(value: unknown, fields: Fields<T>, path: string, fail: Fail): T {
  if (!isRecord(value)) return fail(`expected an object, found ${shown(value)}`)
  for (const name of Object.keys(fields) as (keyof T & string)[]) {
    const [expected, is] = fields[name]
    if (!is(value[name])) fail(`expected ${path}${name} to be ${expected}, found ${shown(value[name])}`)
  }
  return value as T
}

const shown = (value: unknown): string => {
  const json = JSON.stringify(value) ?? 'nothing'
  return json.length > 60 ? `${json.slice(0, 60)}...` : json
}
