// expects: nothing
export { f32, program as unit } from 'fluxion'
