// Numbers out of repeated measurements, and tables of them.

/** @param {number[]} numbers */
export const median = numbers => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]

/** @param {number[]} numbers */
export const least = numbers => Math.min(...numbers)

/** @param {number[]} numbers */
export const geometricMean = numbers =>
  Math.exp(numbers.reduce((sum, x) => sum + Math.log(x), 0) / numbers.length)

/** A table of Markdown. */
export function table(head, rows) {
  const line = cells => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
