/**
 * Puts numbers in an order in which each is as likely as any other (Fisher and Yates); `random` gives 32 random bits,
 * from which no index is likelier than another by more than their number / 2^32.
 */
export function shuffle(order: Uint32Array, random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const other = Math.floor((random() / 2 ** 32) * (i + 1))
    const kept = order[i]!
    order[i] = order[other]!
    order[other] = kept
  }
}
