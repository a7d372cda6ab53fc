import { expect, test } from 'vitest'
import { checkNames } from '../../../studies/align/names.ts'
import { mainJob, studies } from '../../../studies/align/plans.ts'

test('the models of all studies are called what they may be', () => {
  for (const { models } of [mainJob, ...Object.values(studies)]) checkNames(models.map(({ name }) => name))
  checkNames(['a', 'b-generator', 'a.b', '...c', 'judge', 'time'])
})

test.each([
  [['.'], "a model cannot be called '.': it names a folder that others are in; give it another name"],
  [['a', '..'], "'..': it names a folder"],
  [['Priors'], 'that is where the priors are kept'],
  [['plane'], 'what is found of it would be in plane.json'],
  [['plane.json'], 'that is what happens in the plane'],
  [['step-times-a'], 'so are the files of the times of steps'],
  [['a-generator', 'a'], "there is 'a', and the run of its generator is called 'a-generator'"],
  [['a', 'a.json'], "there is 'a', and what is found of it is in a file that is called 'a.json'"],
  [['a', 'A'], "'a' differs from it by the size of letters alone"],
  [['a', 'a'], 'another is'],
  [['a'.repeat(120), 'b'.repeat(120)], 'have 241 letters in all; take shorter ones, of at most 239'],
])('%j are refused', (names, message) => {
  expect(() => checkNames(names)).toThrow(message)
})
