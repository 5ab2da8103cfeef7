/**
 * A result whose pixels are single numbers: complex ones become their magnitudes, and NaN where the real part is nodata.
 *
 * @param {import('pyramidion').ReadResult} result
 */
export function shownOf(result) {
  if (!result.dtype.startsWith('complex')) return result
  const { data: pairs, nodata } = result
  const magnitude = (_, i) => (pairs[2 * i] === nodata ? NaN : Math.hypot(pairs[2 * i], pairs[2 * i + 1]))
  const data = Float64Array.from({ length: pairs.length / 2 }, magnitude)
  return { ...result, data, dtype: 'float64', nodata: null }
}
