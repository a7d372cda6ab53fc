// expects: FX2003 at 4
import { f32, program } from 'fluxion'

export const loss = program({ x: f32('n'), mask: f32('n') }, ({ x, mask }) => {
  const masked = x.mul(mask)
  void masked
  return x.square().mean()
})
