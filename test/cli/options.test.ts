import { describe, expect, test } from 'vitest'
import {
  describeOptions,
  flag,
  notNegative,
  type Option,
  oneOf,
  optional,
  positive,
  readArguments,
  readOptions,
  someOf,
  text,
  whole,
} from '../../cli/options.ts'

const options = {
  steps: whole('training steps', 2000, 0),
  rate: positive('of learning', 0.5, 1),
  target: oneOf('what is learned', ['moons', 'rings'], 'moons'),
  objective: someOf('what for', ['uniform', 'match'], ['uniform', 'match']),
  run: text('FOLDER', 'saves there'),
  resume: flag('goes on'),
}

test('options that are not given are what help says', () => {
  expect(readOptions([], options)).toEqual({
    steps: 2000,
    rate: 0.5,
    target: 'moons',
    objective: ['uniform', 'match'],
    run: undefined,
    resume: false,
  })
  expect(describeOptions(options)).toBe(
    [
      '  --steps N           training steps (2000)',
      '  --rate X            of learning (0.5)',
      '  --target NAME       what is learned: moons, rings (moons)',
      '  --objective NAMES   what for: uniform, match (uniform,match)',
      '  --run FOLDER        saves there',
      '  --resume            goes on',
    ].join('\n'),
  )
})

test('options that are given are read, in either spelling', () => {
  const args = [
    '--steps=0',
    '--rate',
    '1e-3',
    '--target',
    'rings',
    '--objective',
    'match, match',
    '--run',
    'a',
    '--resume',
  ]
  expect(readOptions(args, options)).toEqual({
    steps: 0,
    rate: 1e-3,
    target: 'rings',
    objective: ['match'],
    run: 'a',
    resume: true,
  })
})

test.each([['--help'], ['-h'], ['--steps', '4', '--help']])('%s asks for help', (...args) => {
  expect(readOptions(args, options)).toBeUndefined()
})

describe('what is wrong is said, with what was probably meant', () => {
  test.each([
    [['--stpes', '3'], 'there is no option --stpes; did you mean --steps?'],
    [['--zzz'], 'there is no option --zzz'],
    [['--steps', '1.5'], "--steps takes a whole number from 0, was given '1.5'"],
    [['--steps', '-1'], "--steps takes a whole number from 0, was given '-1'"],
    [['--steps'], '--steps takes N, was given nothing'],
    [['--rate', '1'], "--rate takes a number above 0 and below 1, was given '1'"],
    [['--target', 'ring'], "--target takes moons, rings; was given 'ring'; did you mean 'rings'?"],
    [['--objective', 'match,unifrom'], "was given 'unifrom'; did you mean 'uniform'?"],
    [['--resume=yes'], "--resume takes nothing, was given 'yes'"],
    [['--run='], '--run takes FOLDER, was given nothing'],
    [['run'], "'run' is no option; options begin with --"],
  ])('%j', (args, message) => {
    expect(() => readOptions(args, options)).toThrow(message)
  })
})

describe('what stands beside options', () => {
  const some = { samples: { ...whole('how many', 10), short: 'n' }, latent: optional(whole('dims', 16), 'all of them') }
  const read = (...args: readonly string[]) => readArguments(args, ['RUN', '[FILE]'], some)

  test('is read in its order, before options and after them; one letter stands for an option', () => {
    const has = expect.any(Function)
    expect(read('a', '-n', '5', 'b')).toEqual({ places: ['a', 'b'], given: { samples: 5, latent: undefined }, has })
    expect(read('--latent', '3', 'a')).toEqual({ places: ['a'], given: { samples: 10, latent: 3 }, has })
    expect(read('a', '-h')).toBeUndefined()
  })

  test('and of every option it is known whether it was given, in either spelling, or in a config', () => {
    expect([read('a', '-n', '10')!.has('samples'), read('a', '--samples=10')!.has('samples')]).toEqual([true, true])
    const config = { file: 'c.json', values: { latent: 2 } }
    const configured = readArguments(['a'], ['RUN', '[FILE]'], some, config)!
    expect([configured.has('samples'), configured.has('latent'), read('a')!.has('latent')]).toEqual([
      false,
      true,
      false,
    ])
  })

  test('help has one letter beside the name', () => {
    expect(describeOptions(some)).toBe('  -n, --samples N   how many (10)\n  --latent N        dims (all of them)')
  })

  test.each([
    [[], 'expected RUN [FILE]; RUN was not given: --help says what it is'],
    [[''], 'expected RUN [FILE]; RUN was not given'],
    [['a', 'b', 'c'], "expected RUN [FILE]; 'c' is one too many: options begin with --"],
    [['a', '-m', '3'], 'there is no option -m'],
    [['a', '-n', 'x'], "--samples takes a whole number from 1, was given 'x'"],
  ])('%j says what is wrong', (args, message) => {
    expect(() => read(...args)).toThrow(message)
  })
})

test('a number from 0 may be 0', () => {
  const noise = { noise: notNegative('of latents', 0.3) }
  expect(readOptions(['--noise', '0'], noise)).toEqual({ noise: 0 })
  expect(readOptions([], noise)).toEqual({ noise: 0.3 })
  for (const wrong of ['-1', 'much', ' ', 'Infinity'])
    expect(() => readOptions([`--noise=${wrong}`], noise)).toThrow(
      `--noise takes a number from 0, was given '${wrong}'`,
    )
})

test('an option can say what it means to be given again; of others the last counts', () => {
  const again = {
    words: { ...text('WORD', 'said'), join: (a, b) => `${a} ${b}` } as Option<string | undefined>,
    steps: options.steps,
  }
  const args = ['--words', 'a', '--steps', '1', '--words=b', '--steps', '2', '--words', 'c']
  expect(readOptions(args, again)).toEqual({ words: 'a b c', steps: 2 })
  expect(readOptions([], again)).toEqual({ words: undefined, steps: 2000 })
})

test('a last place may be taken by several', () => {
  expect(readArguments(['a', '--resume', 'b', 'c'], ['FILE...'], options)?.places).toEqual(['a', 'b', 'c'])
  expect(() => readArguments(['--resume'], ['FILE...'], options)).toThrow('expected FILE...; FILE... was not given')
})
