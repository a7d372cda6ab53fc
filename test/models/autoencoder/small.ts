import { convAutoencoder, mlpAutoencoder, patchAutoencoder } from '../../../models/index.ts'

/** One of each kind, small enough for differences. */
export const small = [
  { kind: 'mlp', model: mlpAutoencoder({ shape: [4, 4], latent: 2, widths: [3] }) },
  { kind: 'mlp of tokens', model: mlpAutoencoder({ shape: [4, 4], latent: [2, 3], widths: [5, 4] }) },
  { kind: 'conv', model: convAutoencoder({ shape: [4, 4], latent: 2, channels: [2, 3], width: 4 }) },
  { kind: 'conv of colours', model: convAutoencoder({ shape: [4, 6, 2], latent: 3, channels: [2], width: 4 }) },
  { kind: 'patches', model: patchAutoencoder({ shape: [4, 4], tokens: 4, latent: 2, width: 3, blocks: 1 }) },
  {
    kind: 'patches of colours',
    model: patchAutoencoder({ shape: [2, 4, 3], tokens: 2, latent: 2, width: 3, blocks: 1 }),
  },
] as const
