import { describe, test } from 'vitest'
import {
  adagrad,
  adam,
  adamW,
  addDecayedWeights,
  chain,
  exponentialDecay,
  type LearningRate,
  lion,
  matricesOnly,
  momentum,
  rmsProp,
  scaleByRms,
  sgd,
} from '../../dsl/optim/index.ts'
import * as fc from '../fc.ts'
import { times } from '../full.ts'
import {
  type AnyOptimiser,
  type Leaf,
  leavesOf,
  listed,
  shapes,
  steps,
  unlisted,
  valuesFor,
  within,
} from './optim-run.ts'
import { closeTo } from './run.ts'

// Every optimiser against its paper, in plain loops over numbers.

/**
 * One element of a parameter, through all steps: the parameter after each. `rate` is the learning rate at step 0, 1,
 * ...
 */
type Loop = (start: number, grads: readonly number[], rate: (step: number) => number, leaf: Leaf) => readonly number[]
interface Case {
  readonly optimiser: (learningRate: LearningRate) => AnyOptimiser
  readonly loop: Loop
}

const unit = (most: number) => within(0, most)
const decay = fc.oneof(fc.constant(0), unit(0.999))
const eps = within(1e-4, 0.1)

const cases: { readonly [name: string]: fc.Arbitrary<Case> } = {
  sgd: fc.constant({
    optimiser: (learningRate) => sgd({ learningRate }),
    loop: (p, grads, rate) => grads.map((g, t) => (p -= rate(t) * g)),
  }),

  'sgd with momentum and dampening, as PyTorch states it': fc.record({ mu: decay, tau: decay }).map(({ mu, tau }) => ({
    optimiser: (learningRate) => sgd({ learningRate, momentum: mu, dampening: tau }),
    loop: (p, grads, rate) => {
      let b: number | undefined
      return grads.map((g, t) => {
        b = b === undefined ? g : mu * b + (1 - tau) * g
        p -= rate(t) * b
        return p
      })
    },
  })),

  'sgd with Nesterov momentum and L2, as PyTorch states it': fc
    .record({ mu: decay, l2: unit(0.5) })
    .map(({ mu, l2 }) => ({
      optimiser: (learningRate) => chain(addDecayedWeights(l2), sgd({ learningRate, momentum: mu, nesterov: true })),
      loop: (p, grads, rate) => {
        let b = 0
        return grads.map((given, t) => {
          const g = given + l2 * p
          b = mu * b + g
          p -= rate(t) * (g + mu * b)
          return p
        })
      },
    })),

  adam: fc.record({ b1: decay, b2: decay, eps, root: fc.oneof(fc.constant(0), eps) }).map(({ b1, b2, eps, root }) => ({
    optimiser: (learningRate) => adam({ learningRate, b1, b2, eps, epsRoot: root }),
    loop: (p, grads, rate) => {
      let [m, v] = [0, 0]
      return grads.map((g, i) => {
        const t = i + 1
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g * g
        p -= (rate(i) * (m / (1 - b1 ** t))) / (Math.sqrt(v / (1 - b2 ** t) + root) + eps)
        return p
      })
    },
  })),

  'adam with Nesterov momentum': fc.record({ b1: decay, b2: decay, eps }).map(({ b1, b2, eps }) => ({
    optimiser: (learningRate) => adam({ learningRate, b1, b2, eps, nesterov: true }),
    loop: (p, grads, rate) => {
      let [m, v] = [0, 0]
      return grads.map((g, i) => {
        const t = i + 1
        m = b1 * m + (1 - b1) * g
        v = b2 * v + (1 - b2) * g * g
        const ahead = (b1 * m) / (1 - b1 ** (t + 1)) + ((1 - b1) * g) / (1 - b1 ** t)
        p -= (rate(i) * ahead) / (Math.sqrt(v / (1 - b2 ** t)) + eps)
        return p
      })
    },
  })),

  'adamW, as PyTorch states it': fc
    .record({ b1: decay, b2: decay, eps, wd: unit(0.5), masked: fc.boolean() })
    .map(({ b1, b2, eps, wd, masked }) => ({
      optimiser: (learningRate) =>
        adamW({ learningRate, b1, b2, eps, weightDecay: wd, ...(masked ? { mask: matricesOnly } : {}) }),
      loop: (p, grads, rate, { shape }) => {
        let [m, v] = [0, 0]
        return grads.map((g, i) => {
          const t = i + 1
          if (!masked || shape.length > 1) p *= 1 - rate(i) * wd
          m = b1 * m + (1 - b1) * g
          v = b2 * v + (1 - b2) * g * g
          p -= (rate(i) * (m / (1 - b1 ** t))) / (Math.sqrt(v / (1 - b2 ** t)) + eps)
          return p
        })
      },
    })),

  lion: fc.record({ b1: decay, b2: decay, wd: fc.oneof(fc.constant(0), unit(0.5)) }).map(({ b1, b2, wd }) => ({
    optimiser: (learningRate) =>
      lion({ learningRate, b1, b2, weightDecay: wd, mask: (path) => !path.endsWith('bias') }),
    loop: (p, grads, rate, { path }) => {
      let m = 0
      return grads.map((g, t) => {
        const update = Math.sign(b1 * m + (1 - b1) * g)
        m = b2 * m + (1 - b2) * g
        p -= rate(t) * (update + (path.endsWith('bias') ? 0 : wd) * p)
        return p
      })
    },
  })),

  rmsProp: fc.record({ alpha: decay, eps }).map(({ alpha, eps }) => ({
    optimiser: (learningRate) => rmsProp({ learningRate, decay: alpha, eps }),
    loop: (p, grads, rate) => {
      let v = 0
      return grads.map((g, t) => {
        v = alpha * v + (1 - alpha) * g * g
        p -= (rate(t) * g) / (Math.sqrt(v) + eps)
        return p
      })
    },
  })),

  'rmsProp with momentum, as PyTorch states it': fc
    .record({ alpha: decay, eps, mu: decay })
    .map(({ alpha, eps, mu }) => ({
      optimiser: (learningRate) => chain(scaleByRms({ decay: alpha, eps }), momentum(mu), sgd({ learningRate })),
      loop: (p, grads, rate) => {
        let [v, b] = [0, 0]
        return grads.map((g, t) => {
          v = alpha * v + (1 - alpha) * g * g
          b = mu * b + g / (Math.sqrt(v) + eps)
          p -= rate(t) * b
          return p
        })
      },
    })),

  adagrad: eps.map((eps) => ({
    optimiser: (learningRate) => adagrad({ learningRate, eps }),
    loop: (p, grads, rate) => {
      let sum = 0
      return grads.map((g, t) => {
        sum += g * g
        p -= (rate(t) * g) / (Math.sqrt(sum) + eps)
        return p
      })
    },
  })),
}

describe('steps are those of the papers', () => {
  for (const [name, arbitrary] of Object.entries(cases)) {
    test(name, () => {
      fc.assert(
        fc.property(
          arbitrary,
          shapes,
          fc.integer(),
          fc.integer({ min: 1, max: 6 }),
          fc.record({ start: unit(0.5), rate: within(0.5, 1), scheduled: fc.boolean() }),
          ({ optimiser, loop }, shapes, seed, count, { start, rate, scheduled }) => {
            const params = valuesFor(shapes, seed)
            const grads = Array.from({ length: count }, (_, t) => valuesFor(shapes, seed + t + 1, 3))
            const learningRate = scheduled ? exponentialDecay({ start, rate, steps: 1 }) : start
            const rateAt = (step: number) => (scheduled ? start * rate ** step : start)
            const found = steps(optimiser(learningRate), shapes, params, grads)

            const leaves = leavesOf(shapes)
            const lists = grads.map(listed)
            const expected = listed(params).map((values, leaf) =>
              values.map((p, i) => {
                const along = lists.map((list) => list[leaf]![i]!)
                return loop(p, along, rateAt, leaves[leaf]!)
              }),
            )
            for (const [t, { params }] of found.entries()) {
              const now = expected.map((elements) => elements.map((along) => along[t]!))
              closeTo(params, unlisted(shapes, now), 1e-9)
            }
          },
        ),
        { numRuns: times * 30 },
      )
    })
  }
})
