import { didYouMean } from '../studies/nearest.ts'

const parts = {
  prior: () => import('./toy/prior.ts'),
  align: () => import('./toy/align.ts'),
}

const usage = `Flow priors in the plane, on targets whose density is known exactly.

  fluxion toy prior [OPTIONS]   trains a prior, and holds it to the target: loss over the Bayes floor, likelihoods, distances beside their noise floors
  fluxion toy align [OPTIONS]   moves free points down an alignment objective, and shows whether they match the prior or collapse

fluxion toy prior --help and fluxion toy align --help say more.`

export async function run([name, ...args]: readonly string[]): Promise<void> {
  if (name === undefined || name === '--help' || name === '-h') {
    console.log(usage)
    return
  }
  const load = Object.hasOwn(parts, name) ? parts[name as keyof typeof parts] : undefined
  if (!load) throw new Error(`there is no 'toy ${name}'${didYouMean(name, Object.keys(parts))}\n\n${usage}`)
  await (await load()).run(args)
}
