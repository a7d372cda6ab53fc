// What the main job finds, as the JSON file of a run has it, and as the report shows it. Points are [x, y]; images are
// rows of bytes, row-major, 0 black.

export interface Results {
  readonly format: 1
  /** A date of ISO 8601. */
  readonly created: string
  /** What reruns it. */
  readonly command: string
  readonly device: string
  /** Over all sittings. */
  readonly seconds: number
  /** Of all that follows but `repeats`. */
  readonly seed: number
  readonly settings: Settings
  readonly priors: readonly PriorResults[]
  readonly models: readonly ModelResults[]
  /** The same models trained from other seeds. */
  readonly repeats: readonly Repeat[]
  readonly toy?: ToyResults
  /** In words, what of this one seed cannot show and what else the reader has to know. */
  readonly caveats: readonly string[]
}

/** All models of a seed, in the order of `models`. */
export interface Repeat {
  readonly seed: number
  readonly models: readonly ModelMeasures[]
}

export interface Settings {
  /** Digits that are trained on, and held out. */
  readonly train: number
  readonly heldOut: number
  /** d, of the latents. */
  readonly latent: number
  /**
   * The standard deviation of noise that all autoencoders but the variational add to latents before they are decoded.
   */
  readonly latentNoise: number
  readonly batch: number
  readonly autoencoderSteps: number
  readonly priorSteps: number
  readonly generatorSteps: number
  /** Images that are drawn of each generator. */
  readonly samples: number
}

/** A mean, and its standard error. */
export interface Mean {
  readonly value: number
  readonly error: number
}

/** A value, and what two samples of the target have at the same size: the level below which 19 of 20 are. */
export interface BesideNoise {
  readonly value: number
  readonly floor: number
  /** Its standard error, where that is known. */
  readonly error?: number
}

/** Values by step, in ascending order. */
export interface Curve {
  readonly name: string
  readonly points: readonly (readonly [step: number, value: number])[]
}

/** A flow prior of features. */
export interface PriorResults {
  /** 'words', 'digits'. */
  readonly name: string
  /** 'word vectors (GloVe)'. */
  readonly title: string
  readonly rows: number
  readonly featureDim: number
  readonly projection: string
  /**
   * The standard deviation of ||Wx - Wy||^2 / ||x - y||^2 over pairs of rows, after the one scale that makes their mean
   * 1.
   */
  readonly distortion: number
  /** By the two-nearest-neighbours estimator. */
  readonly intrinsicDimension: number
  /** Of training: the flow-matching loss (sum over dims). */
  readonly curves: readonly Curve[]
  /** -log p of rows that were held out, in nats, and the solver it was found with. */
  readonly heldOutNll: Mean
  readonly solver: string
  /** Of its paths. */
  readonly curvature: number
  /** Energy distance of its samples to rows that were held out. */
  readonly energy: BesideNoise
  readonly seconds: number
}

/** What models are compared by. */
export interface ModelMeasures {
  /** 'plain', 'kl', 'words', 'digits', 'digits-align'. */
  readonly name: string
  /** Of reconstructions of digits that were held out. */
  readonly psnr: Mean
  readonly ssim: Mean
  /** Frechet distance of reconstructions on the features of a classifier of digits. */
  readonly reconstructionFrechet: BesideNoise
  /** Accuracy of a linear probe on latents. */
  readonly probe: number
  readonly latents: LatentMeasures
  readonly generated: GeneratedMeasures
}

export interface LatentMeasures {
  /** E||y||^2; a prior's target has d. */
  readonly secondMoment: number
  /** To the prior's target, where there is one. */
  readonly energy?: BesideNoise
  /** -log p under the prior, and the same of the prior's own held-out rows. */
  readonly nll?: Mean
  readonly targetNll?: Mean
  /** Alarms of collapse, in words. */
  readonly alarms: readonly string[]
}

/**
 * Of digits that a flow generator of the latents draws, decoded: Frechet distance, precision and recall on the features
 * of a classifier.
 */
export interface GeneratedMeasures {
  readonly frechet: BesideNoise
  readonly precision: number
  readonly recall: number
  /**
   * The same distance of what is decoded of samples of the prior itself, for KL of N(0, I): latents that have its
   * distribution need no generator.
   */
  readonly fromPrior?: BesideNoise
}

/** An autoencoder, and the generator of its latents. */
export interface ModelResults extends ModelMeasures {
  /** 'matched to word vectors'. */
  readonly title: string
  /** What its latents are drawn to, by which objective, and how much that counts; none of a plain one. */
  readonly regulariser?: Regulariser
  readonly parameters: number
  /** Of training: its loss and each of its terms. */
  readonly curves: readonly Curve[]
  readonly millisecondsPerStep: number
  /** Of training and measuring it. */
  readonly seconds: number
  readonly latents: LatentMeasures & {
    /** Alignment loss against -log p under the prior, of some held-out digits. */
    readonly agreement?: {
      readonly points: readonly (readonly [alignment: number, nll: number])[]
      readonly pearson: Interval
      readonly spearman: Interval
    }
  }
  /**
   * Latents of held-out digits in the plane, with their labels; and the prior's target by the same map, where there is
   * one.
   */
  readonly planes: readonly {
    /** 'PCA', 'UMAP'. */
    readonly method: string
    readonly latents: readonly (readonly [x: number, y: number, label: number])[]
    readonly target: readonly (readonly [x: number, y: number])[]
  }[]
  readonly generated: GeneratedMeasures & { readonly curves: readonly Curve[] }
  /** [n, height * width] each. */
  readonly images: {
    readonly height: number
    readonly width: number
    readonly originals: readonly (readonly number[])[]
    readonly reconstructions: readonly (readonly number[])[]
    readonly samples: readonly (readonly number[])[]
  }
}

export const objectives = ['kl', 'match', 'align', 'likelihood'] as const

export interface Regulariser {
  /** A prior's name; KL has none. */
  readonly prior?: string
  /**
   * 'kl': to N(0, I), of an encoder that tells Gaussians. 'match': the difference of the velocities of latents and
   * prior. 'align': the loss of the paper. 'likelihood': the same with weights t / (1 - t), a bound of -log p.
   */
  readonly objective: (typeof objectives)[number]
  readonly weight: number
}

export interface Interval {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** What is seen in the plane, on a target whose density and velocity are exact. */
export interface ToyResults {
  readonly target: string
  /** Pictures show -reach to reach on both axes. */
  readonly reach: number
  /** Of the target, in nats. */
  readonly entropy: number
  /** The mean of the alignment loss with uniform weights over samples of the target. */
  readonly floor: number
  readonly samples: readonly (readonly [x: number, y: number])[]
  /** Expected losses of a point, by where it is. */
  readonly landscapes: {
    readonly maps: readonly {
      readonly of: 'uniform' | 'likelihood' | 'nll'
      /** Rows from the least y on, as many as each has values, from the least x on. */
      readonly values: readonly (readonly number[])[]
      /**
       * One near to the mean of each mode, the mean of the loss there, and how far they are from those means, in
       * standard deviations of a mode.
       */
      readonly minimisers: readonly (readonly [x: number, y: number])[]
      readonly least: number
      readonly offset: number
    }[]
    /** The most by which the loss with the weights of the likelihood and -log p differ. */
    readonly apart: number
  }
  /** Free points, as they were after some steps down each objective. */
  readonly objectives: readonly {
    readonly name: string
    readonly title: string
    readonly snapshots: readonly {
      readonly step: number
      readonly points: readonly (readonly [x: number, y: number])[]
      /** -log p under the target. */
      readonly nll: Mean
      /**
       * The standard deviation within modes over that of the target's, and how many modes have points, by the entropy
       * of their shares.
       */
      readonly stdRatio: number
      readonly effectiveModes: number
      readonly energy: BesideNoise
      /** The rules of collapse that are broken. */
      readonly alarms: readonly string[]
    }[]
  }[]
}
