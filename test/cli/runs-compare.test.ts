import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { comparisonAsData, describeComparison, findRun } from '../../cli/runs-compare.ts'
import { compareRuns } from '../../studies/runs/compare.ts'
import { toJson } from '../../studies/texts.ts'
import { about, folderWith, losses } from '../runtime/node/written-runs.ts'

let folder: string
beforeAll(() => {
  const { environment } = about()
  folder = folderWith({
    'small/run.json': about({ config: { model: { widths: [8, 8], 'a.b': 1 }, same: [], note: 'x' } }),
    'small/metrics.jsonl': losses('train', [0.5, 0.25, 0.3]) + losses('evaluation', [0.75]),
    'wide/run.json': about({
      seed: 7,
      config: { model: { widths: [8, 16, 4], 'a.b': '1' }, same: [] },
      environment: { ...environment, device: 'ACME A1' },
      status: 'running',
      step: 0,
      seconds: 0,
    }),
    'wide/metrics.jsonl': losses('train', [0.123456, 'NaN']),
    'old/wide/run.json': about({ format: 0 as 1 }),
    'late/small/run.json': about(),
  })
})
afterAll(() => rmSync(folder, { recursive: true }))

const runs = (...names: readonly string[]) => Promise.all(names.map((name) => findRun(name, folder)))

describe('fluxion runs compare', () => {
  test('shows what differs, by its path, and the metrics beside each other', async () => {
    expect(describeComparison(compareRuns(await runs('small', 'wide')))).toBe(
      `run      small             wide
status   done              killed
created  2026-03-04 05:06  2026-03-04 05:06
steps    1000/1000         200/1000
time     12.3 s            2.0 s

differs                 small              wide
seed                    0                  7
config.model.widths[1]  8                  16
config.model["a.b"]     1                  "1"
config.note             "x"                -
environment.device      "CPU (2 threads)"  "ACME A1"
config.model.widths[2]  -                  4

metric                 small        wide
train/loss last        0.3 at 300   NaN at 200
train/loss least       0.25 at 200  0.1235 at 100
evaluation/loss last   0.75 at 100  -
evaluation/loss least  0.75 at 100  -`,
    )
  })

  test('says that nothing differs, and calls runs of the same name by their folders', async () => {
    const same = await runs('late/small', join(folder, 'late/small'))
    const other = { ...same[0]!, folder: 'elsewhere/small' }
    expect(describeComparison(compareRuns([same[1]!, other]))).toMatch(
      /^run +\S+late\/small +elsewhere\/small\n.*Nothing differs in their programs.*They have no metrics\.$/s,
    )
  })

  test('of one metric, and as data', async () => {
    const data = JSON.parse(toJson(comparisonAsData(compareRuns(await runs('small', 'wide'), 'train/loss'))))
    expect(data.runs.map(({ name }: { name: string }) => name)).toEqual(['small', 'wide'])
    expect(data.differences[0]).toEqual({ path: 'seed', values: [0, 7] })
    expect(data.metrics).toEqual([
      {
        name: 'train/loss',
        values: [
          { name: 'train/loss', last: { value: 0.3, step: 300 }, best: { value: 0.25, step: 200 } },
          { name: 'train/loss', last: { value: 'NaN', step: 200 }, best: { value: 0.123456, step: 100 } },
        ],
      },
    ])
  })

  test('a run that is not there is asked for by the nearest name; a damaged one is refused', async () => {
    await expect(findRun('smal', folder)).rejects.toThrow(
      `there is no run 'smal', neither in '${folder}' nor as a path; did you mean 'small'?`,
    )
    await expect(findRun('old/wide', folder)).rejects.toThrow('expected format to be 1')
  })
})
