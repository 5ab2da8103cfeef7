/** JSON of values that JSON has no form for: 64-bit integers as decimal text, NaN as "nan", infinities as "inf" and "-inf". */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => plain(each), 2)
}

/** A number as text, in the same words. */
export function numberText(value: number | bigint): string {
  return String(plain(value))
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'number' || Number.isFinite(value)) return value
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
}
