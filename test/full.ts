/** How many times as many random cases `npm run test:full` tries as `npm test`. */
export const times: number = process.env.MODE === 'full' ? 20 : 1
