/** Whether this is `npm run test:full`. */
export const isFull = process.env.MODE === 'full'

/** How many times as many random cases it tries as `npm test`. */
export const times: number = isFull ? 20 : 1
