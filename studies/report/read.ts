import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import {
  type Check,
  date,
  list,
  Mismatch,
  number,
  numbers,
  oneOf,
  optional,
  record,
  text,
  whole,
} from '../../runtime/node/data/json-check.ts'
import type {
  BesideNoise,
  Curve,
  GeneratedMeasures,
  Interval,
  LatentMeasures,
  Mean,
  ModelMeasures,
  ModelResults,
  PriorResults,
  Regulariser,
  Repeat,
  Results,
  Settings,
  ToyResults,
} from '../align/results.ts'
import { objectives } from '../align/results.ts'

/** What a run calls its results in its folder. */
export const resultsFile = 'results.json'

/** The file of results that a folder has, or that is given itself. */
export async function findResults(place: string): Promise<string> {
  const found = await stat(place).catch(() => undefined)
  if (!found) throw new Error(`there is no '${place}'; expected the folder of a run, or the JSON file of its results`)
  if (!found.isDirectory()) return place
  const file = join(place, resultsFile)
  if (await stat(file).catch(() => undefined)) return file
  throw new Error(
    `there is no ${resultsFile} in '${place}'; expected the folder of a run that has ended, or the JSON file of its results`,
  )
}

/** @throws Error where it cannot be read, breaks off, or is none of results. */
export async function readResults(file: string): Promise<Results> {
  const json = await readFile(file, 'utf8').catch((error: Error) => {
    throw new Error(`'${file}' cannot be read: ${error.message}`, { cause: error })
  })
  return parseResults(json, file)
}

export function parseResults(json: string, file: string): Results {
  const value = parsed(json, file)
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined
  if (format === undefined)
    throw new Error(
      `'${file}' has no results: expected an object with format 1; give the ${resultsFile} that a run wrote`,
    )
  if (format !== 1)
    throw new Error(
      `'${file}' has format ${JSON.stringify(format)}, expected 1; make its report with the version of fluxion that wrote it`,
    )
  try {
    return results(value, '')
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error
    throw new Error(`'${file}' is not as results are: ${error.message}; was it changed by hand?`, { cause: error })
  }
}

function parsed(json: string, file: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    const said = (error as Error).message
    if (breaksOff(json))
      throw new Error(
        `'${file}' breaks off after ${json.length} characters, expected whole JSON; copy it again, or let the run end`,
        { cause: error },
      )
    throw new Error(`'${file}' is not JSON (${said}); expected the ${basename(resultsFile)} that a run wrote`, {
      cause: error,
    })
  }
}

/** Whether something is open at its end. */
function breaksOff(json: string): boolean {
  let [depth, inText] = [0, false]
  for (let i = 0; i < json.length; i++) {
    const character = json[i]!
    if (character === '"') inText = !inText
    else if (inText && character === '\\') i++
    else if (!inText && '[{'.includes(character)) depth++
    else if (!inText && ']}'.includes(character)) depth--
  }
  return inText || depth > 0 || json.trim() === ''
}

const mean = record<Mean>({ value: number, error: number })
const besideNoise = record<BesideNoise>({ value: number, floor: number, error: optional(number) })
const interval = record<Interval>({ value: number, low: number, high: number })
const curve = record<Curve>({ name: text, points: list(numbers<readonly [number, number]>(2)) })
const pair = numbers<readonly [number, number]>(2)
const image = list(whole(0, 255))

export const settings = record<Settings>({
  train: number,
  heldOut: number,
  latent: number,
  latentNoise: number,
  batch: number,
  autoencoderSteps: number,
  priorSteps: number,
  generatorSteps: number,
  samples: number,
})

export const prior = record<PriorResults>({
  name: text,
  title: text,
  rows: number,
  featureDim: number,
  projection: text,
  distortion: number,
  intrinsicDimension: number,
  curves: list(curve),
  heldOutNll: mean,
  solver: text,
  curvature: number,
  energy: besideNoise,
  seconds: number,
})

const imagesOf = record<ModelResults['images']>({
  height: whole(1, 1024),
  width: whole(1, 1024),
  originals: list(image),
  reconstructions: list(image),
  samples: list(image),
})
const images: Check<ModelResults['images']> = (value, path) => {
  const found = imagesOf(value, path)
  for (const name of ['originals', 'reconstructions', 'samples'] as const)
    found[name].forEach(({ length }, i) => {
      if (length !== found.height * found.width)
        throw new Mismatch(
          `expected ${path}.${name}[${i}] to have ${found.height} x ${found.width} bytes, found ${length}`,
        )
    })
  return found
}

const latentMeasures = {
  secondMoment: number,
  energy: optional(besideNoise),
  nll: optional(mean),
  targetNll: optional(mean),
  alarms: list(text),
}
const generatedMeasures = {
  frechet: besideNoise,
  precision: number,
  recall: number,
  fromPrior: optional(besideNoise),
}
const measures = {
  name: text,
  psnr: mean,
  ssim: mean,
  reconstructionFrechet: besideNoise,
  probe: number,
}

export const model = record<ModelResults>({
  ...measures,
  title: text,
  regulariser: optional(
    record<Regulariser>({ prior: optional(text), objective: oneOf(...objectives), weight: number }),
  ),
  parameters: number,
  curves: list(curve),
  millisecondsPerStep: number,
  seconds: number,
  latents: record<ModelResults['latents']>({
    ...latentMeasures,
    agreement: optional(
      record<NonNullable<ModelResults['latents']['agreement']>>({
        points: list(pair),
        pearson: interval,
        spearman: interval,
      }),
    ),
  }),
  planes: list(
    record<ModelResults['planes'][number]>({
      method: text,
      latents: list(numbers<readonly [number, number, number]>(3)),
      target: list(pair),
    }),
  ),
  generated: record<ModelResults['generated']>({ ...generatedMeasures, curves: list(curve) }),
  images,
})

const repeat = record<Repeat>({
  seed: number,
  models: list(
    record<ModelMeasures>({
      ...measures,
      latents: record<LatentMeasures>(latentMeasures),
      generated: record<GeneratedMeasures>(generatedMeasures),
    }),
  ),
})

const some =
  <T>(check: Check<readonly T[]>): Check<readonly T[]> =>
  (value, path) => {
    const found = check(value, path)
    if (found.length === 0) throw new Mismatch(`expected ${path} to have one at least, found none`)
    return found
  }

type Landscapes = ToyResults['landscapes']
type Moved = ToyResults['objectives'][number]
const mapsOf = record<Landscapes>({
  maps: list(
    record<Landscapes['maps'][number]>({
      of: oneOf('uniform', 'likelihood', 'nll'),
      values: list(list(number)),
      minimisers: list(pair),
      least: number,
      offset: number,
    }),
  ),
  apart: number,
})
const landscapes: Check<Landscapes> = (value, path) => {
  const found = mapsOf(value, path)
  found.maps.forEach(({ values }, i) => {
    const row = values.findIndex(({ length }) => length !== values.length)
    if (row >= 0)
      throw new Mismatch(
        `expected ${path}.maps[${i}].values[${row}] to have ${values.length} numbers, as there are rows, found ${values[row]!.length}`,
      )
  })
  return found
}

export const toy = record<ToyResults>({
  target: text,
  reach: number,
  entropy: number,
  floor: number,
  samples: list(pair),
  landscapes,
  objectives: list(
    record<Moved>({
      name: text,
      title: text,
      snapshots: list(
        record<Moved['snapshots'][number]>({
          step: number,
          points: list(pair),
          nll: mean,
          stdRatio: number,
          effectiveModes: number,
          energy: besideNoise,
          alarms: list(text),
        }),
      ),
    }),
  ),
})

const results = record<Results>({
  format: oneOf(1),
  created: date,
  command: text,
  device: text,
  seconds: number,
  seed: number,
  settings,
  priors: list(prior),
  models: some(list(model)),
  repeats: list(repeat),
  toy: optional(toy),
  caveats: list(text),
})
