import { escaped } from '../../compiler/explain/html/escape.ts'
import { installed } from '../../runtime/data/installed.ts'
import type { ToyResults } from '../align/results.ts'
import type { Chart, Draw, Series } from './charts.ts'
import { count, fixed, listed } from './numbers.ts'

type Map = ToyResults['landscapes']['maps'][number]
type Objective = ToyResults['objectives'][number]
type Snapshot = Objective['snapshots'][number]
type Points = readonly (readonly [number, number])[]
/** A square of shares from 0 to 1, from the least y and x on, as a picture whose opacity they are. */
type Shade = (shares: readonly number[], most: number) => string

/** Draws what is known in the plane: needs the package `fast-png`. */
export async function openToy(draw: Draw): Promise<(toy: ToyResults) => string> {
  const { encode } = await installed('fast-png', import('fast-png'))
  // One colour for both schemes: pictures do not follow them, and what is below shows through.
  const shade: Shade = (shares, most) => {
    const side = Math.sqrt(shares.length)
    const data = new Uint8Array(4 * side * side)
    shares.forEach((share, i) => {
      const row = side - 1 - Math.floor(i / side)
      data.set([...blue, Math.round(255 * most * share)], 4 * (row * side + (i % side)))
    })
    return Buffer.from(encode({ width: side, height: side, data, channels: 4, depth: 8 })).toString('base64')
  }
  return (toy) => toyOf(toy, draw, shade)
}
const blue = [63, 122, 224] as const
const darkest = 0.9

function toyOf(toy: ToyResults, draw: Draw, shade: Shade): string {
  const { target, landscapes, objectives, samples } = toy
  const { maps } = landscapes
  const nll = maps.find(({ of }) => of === 'nll')
  const density = nll && densityOf(nll.values.flat())
  const under = (most: number) => (density ? { under: shade(density, most) } : {})
  const panel = (size: number, alt: string, series: readonly Series[], below: Pick<Chart, 'under'>) => {
    const range = [-toy.reach, toy.reach] as const
    return draw({ alt, width: size, height: size - 12, x: { range }, y: { range }, series, ...below })
  }
  const points = (all: Points): Series => ({
    colour: 'var(--c2)',
    draw: 'dots',
    points: inside(all, toy.reach),
  })
  const ofTarget = `<figure><figcaption><b>The target</b>: ${escaped(target)}, its density, and ${count(samples.length)} samples of it${outside(samples, toy.reach)}</figcaption>${panel(270, `${samples.length} samples of ${target}, over its density`, [points(samples)], under(darkest))}<p class="ramp">0<i style="background: linear-gradient(to right, transparent, ${rampColour})"></i>densest</p></figure>`
  const ofLosses = maps.map((map) => {
    const { shares, least, middle, greatest } = depthsOf(map.values.flat())
    const crosses: Series = {
      colour: 'var(--text)',
      draw: 'words',
      words: map.minimisers.map(() => '×'),
      points: map.minimisers,
    }
    const alt = `${names[map.of]} of a point by where it is, least at ${listed(map.minimisers.map(([x, y]) => `(${fixed(x, 2)}, ${fixed(y, 2)})`))}`
    return `<figure><figcaption><b>${names[map.of]}</b> of one point, by where it is: darker is less. Least (×) ${fixed(map.least, 2)}, ${far(map)}</figcaption>${panel(270, alt, [crosses], { under: shade(shares, darkest) })}<p class="ramp">${fixed(least, 2)}<i style="background: linear-gradient(to right, ${rampColour}, transparent)"></i>${fixed(middle, 1)}<i style="background: linear-gradient(to right, ${rampMiddle}, transparent)"></i>${fixed(greatest, 0)}</p></figure>`
  })
  const rows = objectives.map((objective) => {
    const figures = objective.snapshots.map(
      (snapshot) =>
        `<figure><figcaption>${captionOf(snapshot, toy.reach)}</figcaption>${panel(214, `${snapshot.points.length} points after ${snapshot.step} steps down ${objective.title}`, [points(snapshot.points)], under(0.5))}</figure>`,
    )
    return `<h3>Free points down ${escaped(objective.title)}</h3>\n<p>${endOf(objective, toy)}</p>\n<div class="grid five">${figures.join('\n')}</div>`
  })
  return `<p>Here density and velocity are exact, and nothing is learned but where points go: what becomes of them is the doing of the objective alone.</p>
${saidOf(toy)}
<div class="grid pairs maps">${[ofTarget, ...ofLosses].join('\n')}</div>
${rows.join('\n')}
<p class="note">Below the points is the density of the target. Points start as samples of N(0, I). -log p is their mean under the target in nats, ± a standard error; <i>std</i> is their standard deviation within modes over that of the target; <i>modes</i> is how many have points, by the entropy of their shares; <i>energy</i> is the energy distance to samples
of the target, below <i>noise</i> for 19 of 20 samples of this size. Of samples of the target -log p is ${fixed(toy.entropy, 2)}, and std is 1.</p>`
}
const names = {
  uniform: 'Alignment loss, uniform weights',
  likelihood: 'Alignment loss, weights of the likelihood',
  nll: '-log p',
} as const
const rampColour = `rgb(${blue.join(' ')} / ${darkest})`
const rampMiddle = `rgb(${blue.join(' ')} / ${darkest / 2})`

const far = ({ offset }: Map): string => `${offset.toFixed(2)} standard deviations from the mean of its mode`

/** What the maps show. */
function saidOf({ landscapes: { maps, apart }, floor, entropy }: ToyResults): string {
  const [uniform, likelihood] = [maps.find(({ of }) => of === 'uniform'), maps.find(({ of }) => of === 'likelihood')]
  const said = [
    'Each alignment loss is a function of one point. So who minimises it sends all points to its minimisers (×), whatever the others do: that is why it collapses.',
    ...(uniform
      ? [
          `With uniform weights, as in the paper, it is ${fixed(uniform.least, 2)} at a minimiser, ${far(uniform)}, and ${fixed(floor, 2)} for samples of the target.`,
        ]
      : []),
    ...(likelihood
      ? [
          `With the weights of the likelihood it is -log p itself (the maps differ by ${fixed(apart, 3)} at most): ${fixed(likelihood.least, 2)} at a minimiser, ${far(likelihood)}, and ${fixed(entropy, 2)}, the entropy, for samples of the target.`,
        ]
      : []),
    'What matches has no such map: the difference of two velocities depends on all points, and vanishes when they are distributed as the target is.',
  ]
  return `<p>${said.map(escaped).join(' ')}</p>`
}

/** How it ends with the points of an objective. */
function endOf({ snapshots }: Objective, { entropy }: ToyResults): string {
  const last = snapshots.at(-1)
  if (!last) return 'There are none.'
  const gap = last.nll.value - entropy
  const likely = `-log p is ${fixed(last.nll.value, 2)}, ${fixed(Math.abs(gap), 2)} ${gap < 0 ? 'below' : 'above'} the entropy of the target, and the standard deviation within modes ${fixed(last.stdRatio, 2)} of the target's`
  return last.alarms.length > 0
    ? `Collapsed after ${count(last.step)} steps, by ${listed(last.alarms.map((rule) => `‘${escaped(rule)}’`))}: ${likely}.`
    : `No alarm after ${count(last.step)} steps: ${likely}.`
}

function captionOf({ step, nll, stdRatio, effectiveModes, energy, alarms, points }: Snapshot, reach: number): string {
  return [
    `<b>${step === 0 ? 'At first' : `Step ${count(step)}`}</b>${outside(points, reach)}`,
    `-log p ${fixed(nll.value, 2)} ± ${fixed(nll.error, 3)}`,
    `std ${fixed(stdRatio, 2)}, modes ${fixed(effectiveModes, 2)}`,
    `energy ${fixed(energy.value, 3)} <small>noise ${fixed(energy.floor, 3)}</small>`,
    alarms.length > 0 ? `<b class="alarm">Alarm: ${escaped(listed(alarms))}</b>` : 'No alarm',
  ].join('<br>')
}

const inside = (points: Points, reach: number): Points =>
  points.filter((point) => point.every((value) => Math.abs(value) <= reach))

function outside(points: Points, reach: number): string {
  const lost = points.length - inside(points, reach).length
  return lost > 0 ? `, ${count(lost)} not in the picture` : ''
}

/** The square root of the density over its greatest, so that the flanks of modes are seen. */
function densityOf(nll: readonly number[]): readonly number[] {
  const least = nll.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY)
  return nll.map((value) => Math.exp((least - value) / 2) || 0)
}

/**
 * How deep values lie, 1 the least: by the logarithm of what they are above it, in parts of what the middle one of the
 * lower half is.
 */
function depthsOf(values: readonly number[]) {
  const sorted = values.filter(Number.isFinite).toSorted((a, b) => a - b)
  const [least, greatest] = [sorted[0] ?? Number.NaN, sorted.at(-1) ?? Number.NaN]
  const unit = (sorted[Math.floor(sorted.length / 4)] ?? Number.NaN) - least || 1
  const whole = Math.log1p((greatest - least) / unit) || 1
  const shares = values.map((value) => (Number.isFinite(value) ? 1 - Math.log1p((value - least) / unit) / whole : 0))
  return { shares, least, middle: least + unit * Math.expm1(whole / 2), greatest }
}
