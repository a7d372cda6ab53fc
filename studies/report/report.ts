import { escaped } from '../../compiler/explain/html/escape.ts'
import type { Results } from '../align/results.ts'
import { agreementOf } from './agreement.ts'
import { alarmsOf } from './alarms.ts'
import { openCharts } from './charts.ts'
import { curvesOf, legendOf, type Trained } from './curves.ts'
import { headlineOf } from './headline.ts'
import { latentsOf } from './latents.ts'
import { count, durationOf, listed } from './numbers.ts'
import { dateOf, pageOf, section } from './page.ts'
import { openSheets, reconstructionsOf, samplesOf } from './pictures.ts'
import { planesOf } from './planes.ts'
import { priorsOf } from './priors.ts'
import { summaryOf } from './summary.ts'
import { openToy } from './toy.ts'

/**
 * One page of HTML that shows results, which needs nothing beside it and no network. Needs the packages `echarts` and
 * `fast-png`.
 */
export async function reportOf(results: Results): Promise<string> {
  const draw = await openCharts()
  const sheet = await openSheets()
  const toyOf = await openToy(draw)
  const { models, priors, toy } = results
  const trained = models.map(({ title, curves }, index): Trained => ({ title, index, curves }))
  const generators = models.map(({ title, generated }, index): Trained => ({ title, index, curves: generated.curves }))
  const ofPriors = priors.map(({ title, curves }, index): Trained => ({ title, index, curves }))
  const sections = [
    section('results', 'Results', headlineOf(results)),
    section('samples', 'What the generators draw', samplesOf(results, sheet)),
    section('reconstructions', 'Reconstructions of held-out digits', reconstructionsOf(results, sheet)),
    section('latents', 'Latents', latentsOf(results)),
    section('planes', 'Latents in the plane', planesOf(results, draw)),
    section(
      'agreement',
      'Alignment loss against likelihood',
      `<p>How well the loss of the paper ranks latents as their -log p under the prior does; intervals are of 95%.</p>\n${agreementOf(results, draw)}`,
    ),
    section('priors', 'Priors', priorsOf(results)),
    section(
      'training',
      'Training',
      `<h3>Autoencoders</h3>\n${legendOf(trained)}\n${curvesOf(trained, draw)}
<h3>Generators of latents</h3>\n${legendOf(trained)}\n${curvesOf(generators, draw)}
<h3>Priors</h3>\n${legendOf(ofPriors)}\n${curvesOf(ofPriors, draw)}`,
    ),
    ...(toy ? [section('toy', 'In the plane, where everything is known', toyOf(toy))] : []),
    section('run', 'What was run', runOf(results)),
    section('caveats', 'Caveats', caveatsOf(results)),
  ]
  const title = 'Latents aligned with flow priors'
  return pageOf({
    title: `${title}: ${models.map((model) => model.title).join(', ')}`,
    head: title,
    about: `${dateOf(results.created)}, on ${results.device}, ${seedsOf(results)}, ${durationOf(results.seconds)}`,
    first: [
      { id: 'summary', title: 'Summary' },
      { id: 'alarms', title: 'Alarms' },
    ],
    before: `<section id="summary" class="summary">
<h2>Summary</h2>
<p>${escaped(summaryOf(results).join(' '))} <a href="#caveats">Caveats</a></p>
</section>
${alarmsOf(results)}`,
    sections,
  })
}

/** 'seed 0', 'seeds 0, 1 and 2'. */
function seedsOf({ seed, repeats }: Results): string {
  const all = [seed, ...repeats.map((repeat) => repeat.seed)]
  return `seed${all.length > 1 ? 's' : ''} ${listed(all.map(String))}`
}

function runOf(results: Results): string {
  const { settings, device, seconds, created, command } = results
  const facts: readonly (readonly [string, string])[] = [
    ['Created', dateOf(created)],
    ['Device', device],
    ['Seeds', seedsOf(results).replace(/^seeds? /, '')],
    ['Time', durationOf(seconds)],
    ['Digits trained on', count(settings.train)],
    ['Digits held out', count(settings.heldOut)],
    ['Dimensions of a latent', count(settings.latent)],
    ['Noise on latents', `${settings.latentNoise}`],
    ['Batch', count(settings.batch)],
    ['Steps of autoencoders', count(settings.autoencoderSteps)],
    ['Steps of priors', count(settings.priorSteps)],
    ['Steps of generators', count(settings.generatorSteps)],
    ['Samples of a generator', count(settings.samples)],
  ]
  return `<dl>${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${escaped(value)}</dd></div>`).join('\n')}</dl>
<p>Run again: <code>${escaped(command)}</code></p>
<p>The method is that of <a href="https://arxiv.org/abs/2506.05240">Aligning Latent Spaces with Flow Priors</a>, arXiv 2506.05240. Losses are sums over dimensions and means over a batch; likelihoods are in nats.</p>`
}

const caveatsOf = ({ caveats }: Results): string =>
  caveats.length === 0
    ? '<p>None were noted.</p>'
    : `<ul>${caveats.map((caveat) => `<li>${escaped(caveat)}</li>`).join('\n')}</ul>`
