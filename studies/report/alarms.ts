import { escaped } from '../../compiler/explain/html/escape.ts'
import type { ModelResults, PriorResults, Results } from '../align/results.ts'
import { fixed, listed } from './numbers.ts'

/** What a reader must know first: collapse, and numbers that are not finite. */
export function alarmsOf({ models, priors, repeats }: Results): string {
  const titles = new Map(models.map(({ name, title }) => [name, title]))
  const found = [
    ...models.map((model) => [model.title, ofModel(model)] as const),
    ...repeats.flatMap(({ seed, models }) =>
      models.map(({ name, latents }) => [`${titles.get(name) ?? name}, seed ${seed}`, latents.alarms] as const),
    ),
    ...priors.map((prior) => [`the prior of ${prior.title}`, ofPrior(prior)] as const),
  ]
  const raised = found.filter(([, said]) => said.length > 0)
  if (raised.length === 0)
    return '<section id="alarms"><h2>Alarms</h2><p>None: no latents have collapsed by any rule, and all numbers are finite.</p></section>'
  const items = raised.flatMap(([title, said]) =>
    said.map((one) => `<li><b>${escaped(title)}</b>: ${escaped(one)}</li>`),
  )
  return `<section id="alarms" class="alarms"><h2>${items.length === 1 ? 'One alarm' : `${items.length} alarms`}</h2><ul>${items.join('\n')}</ul></section>`
}

function ofModel(model: ModelResults): readonly string[] {
  const { latents, generated } = model
  return [
    ...latents.alarms,
    ...notFinite({
      'the time of a step': model.millisecondsPerStep,
      PSNR: model.psnr.value,
      SSIM: model.ssim.value,
      'the accuracy of the probe': model.probe,
      'the Fréchet distance of reconstructions': model.reconstructionFrechet.value,
      'the Fréchet distance of generated digits': generated.frechet.value,
      precision: generated.precision,
      recall: generated.recall,
      'E||y||²': latents.secondMoment,
      'the energy distance of latents': latents.energy?.value,
      'the mean -log p of latents': latents.nll?.value,
    }),
    ...brokenCurves(model.curves, 'in training'),
    ...brokenCurves(generated.curves, 'in training of its generator'),
  ]
}

const ofPrior = (prior: PriorResults): readonly string[] => [
  ...notFinite({
    'the held-out -log p': prior.heldOutNll.value,
    'the energy distance': prior.energy.value,
    'the curvature': prior.curvature,
    'the distortion': prior.distortion,
    'the intrinsic dimension': prior.intrinsicDimension,
  }),
  ...brokenCurves(prior.curves, 'in training'),
]

const notFinite = (values: { readonly [name: string]: number | undefined }): readonly string[] =>
  Object.entries(values).flatMap(([name, value]) =>
    value === undefined || Number.isFinite(value) ? [] : [`${name} is ${fixed(value, 0)}`],
  )

function brokenCurves(curves: ModelResults['curves'], when: string): readonly string[] {
  const broken = curves.filter(({ points }) => points.some(([, value]) => !Number.isFinite(value)))
  return broken.length > 0
    ? [`${listed(broken.map(({ name }) => `‘${name}’`))} ${when} had values that are not finite`]
    : []
}
