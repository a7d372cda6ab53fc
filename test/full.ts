/** Whether this is `npm run test:full`. */
export const isFull = process.env.FLUXION_TESTS === 'full'

/** How many times as many random cases it tries as `npm test`. */
export const times: number = isFull ? 20 : 1
