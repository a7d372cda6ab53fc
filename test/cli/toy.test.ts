import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFastCpu } from '../../cli/device.ts'
import { run as sample } from '../../cli/sample.ts'
import { savedPrior } from '../../cli/saved-prior.ts'
import { run } from '../../cli/toy.ts'
import type { Device } from '../../index.ts'
import { exactField, heun, planarSets, priorOn } from '../../models/index.ts'
import { loadNpy } from '../../runtime/node/index.ts'
import { movePoints, type PlanarField } from '../../studies/toy/free-points.ts'
import { measure } from '../../studies/toy/measure.ts'
import { isFull } from '../full.ts'
import { printed as printedBy } from './printed.ts'

let device: Device
let folder: string
beforeAll(async () => {
  device = await openFastCpu()
  folder = mkdtempSync(join(tmpdir(), 'fluxion-toy-'))
})
afterAll(() => {
  device.dispose()
  rmSync(folder, { recursive: true })
})

const printed = (...args: readonly string[]) => printedBy(run, ...args)

describe('toy align', () => {
  const target = planarSets.fiveGaussians()
  const exact = exactField(target.mixture) as unknown as PlanarField
  const protocol = { points: isFull ? 1000 : 300, steps: isFull ? 5000 : 2500, seed: 0, learningRate: 1e-2 }

  test.each(['uniform', 'likelihood'] as const)(
    'points that descend along the loss with %s weights collapse',
    async (objective) => {
      const points = await movePoints(exact, objective, protocol, device)
      const { modes, likelihood, alarm } = measure(points!, target, 0)
      expect(alarm.findings.map(({ rule }) => rule)).toEqual(expect.arrayContaining(['likelihood', 'mode width']))
      expect(modes.stdRatio).toBeLessThan(0.45)
      expect(likelihood.gap).toBeLessThan(-0.25)
    },
  )

  test('points that descend along the difference of two velocities match', async () => {
    const points = await movePoints(exact, 'match', protocol, device)
    const { modes, likelihood, alarm } = measure(points!, target, 0)
    expect(alarm.findings).toEqual([])
    expect(Math.abs(modes.stdRatio - 1)).toBeLessThan(0.05)
    expect(Math.abs(likelihood.gap)).toBeLessThan(0.03)
  })
})

test('a prior is trained, saved, drawn, and aligned with', { timeout: 120_000 }, async () => {
  const [saved, picture, ends] = [join(folder, 'prior'), join(folder, 'prior.svg'), join(folder, 'ends.svg')]
  const small = ['--target', 'twoMoons', '--steps', '40', '--width', '16', '--blocks', '1', '--samples', '300']
  const said = await printed('prior', ...small, '--device', 'cpu', '--run', saved, '--picture', picture)
  expect(said).toContain('two moons on the CPU')
  expect(said).toMatch(/loss over the Bayes floor +[\d.]+% \+- [\d.]+%/)
  expect(said).toMatch(/energy distance of its samples +-?[\d.]+e[-+]\d+/)
  expect(readFileSync(picture, 'utf8')).toContain('prior after 40 steps')
  const { about } = JSON.parse(`{"about":${readFileSync(join(saved, 'run.json'), 'utf8')}}`)
  expect(about).toMatchObject({ status: 'done', step: 40, config: { toy: 'prior', target: 'twoMoons', width: 16 } })

  const prior = await savedPrior(saved, device)
  expect(prior).toMatchObject({ step: 40, config: { target: 'twoMoons' } })
  expect(prior.projection).toBeUndefined()
  const [v] = await priorOn(device, prior.field, prior.params).velocity([0.1, 0.2], [0.5])
  expect(Number.isFinite(v) && v !== 0).toBe(true)

  const aligned = await printed(
    ...['align', '--prior', saved, '--points', '200', '--steps', '20', '--objective', 'match,uniform'],
    ...['--device', 'cpu', '--picture', ends],
  )
  expect(aligned).toContain(`down each objective of the prior in ${saved}, of step 40`)
  expect(aligned).toMatch(/match +-?[\d.]+/)
  expect(readFileSync(ends, 'utf8')).toContain('uniform')
  const drawn = [
    saved,
    '-n',
    '10',
    '--solver',
    'heun',
    '--steps',
    '4',
    '--device',
    'cpu',
    '--out',
    join(folder, 'y.npy'),
  ]
  await printedBy(sample, ...drawn)
  const wanted = await priorOn(device, prior.field, prior.params).sample(10, { solver: heun(4) })
  expect(await loadNpy(join(folder, 'y.npy'))).toEqual({ dtype: 'f32', shape: [10, 2], data: wanted })
  await expect(printedBy(sample, ...drawn, '--features')).rejects.toThrow(
    'has no projection, as its prior was trained on what it draws; leave --features out',
  )
  await expect(printed('align', '--prior', saved, '--target', 'spiral')).rejects.toThrow(
    "--target is 'spiral', and the prior in",
  )

  const again = ['--device', 'cpu', '--run', saved]
  await expect(printed('prior', ...small, ...again)).rejects.toThrow(
    `has a run already (done, step 40 of 40); go on with it: the same command with --run ${saved} --resume, or choose`,
  )
  expect(await printed('prior', ...small, ...again, '--resume', '--steps', '41')).toContain(
    `the run in ${saved} was to have 40 steps: its learning rate, which was to fall to 0 there, now does so at step 41`,
  )
})

test('what is wrong is said', async () => {
  await expect(printed('pryor')).rejects.toThrow("there is no 'toy pryor'; did you mean 'prior'?")
  await expect(printed('prior', '--resume')).rejects.toThrow('--resume goes on with a run; say which')
  await expect(printed('align', '--prior', join(folder, 'none'))).rejects.toThrow(join(folder, 'none'))
  expect(await printed('prior', '--help')).toContain('--paper')
  expect(await printed('align', '--help')).toContain('the difference of two velocities')
})

// Two minutes.
if (isFull)
  test('with its defaults the prior of the five Gaussians is as good as is said of it', async () => {
    const said = await printed('prior', '--device', 'cpu')
    const of = (name: string) =>
      [
        ...said
          .split('\n')
          .find((line) => line.includes(name))!
          .matchAll(/-?\d[\d.]*(?:e[-+]\d+)?/g),
      ].map(Number)
    expect(of('loss over')[0]).toBeLessThan(0.5)
    const [mean, , entropy] = of('-log p of its samples')
    expect(Math.abs(mean! - entropy!)).toBeLessThan(0.03)
    const [energy, floor] = of('energy distance')
    expect(energy).toBeLessThan(2 * floor!)
  })
