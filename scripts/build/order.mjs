// The order of functions in a module: those that are alike come one after the other. It means nothing to whoever runs them, and a
// compressor, which remembers little, finds more of what it has seen.
import { bodiesOf, importedFunctions, sectionsOf, wasmOf, withNames } from './binary.mjs'

/** Bytes that are compared at once. */
const LENGTH = 5

/** How much what came before the last function still counts for the next one. */
const DECAY = 0.9

/** What is in so large a share of all functions says nothing about two of them. */
const COMMON = 1 / 8

/** The module with names that sort as its functions should lie, for wasm-opt's `--reorder-functions-by-name`. @param {Uint8Array} wasm */
export function namedByLikeness(wasm) {
  const sections = sectionsOf(wasm)
  const imported = importedFunctions(sections)
  const order = alike(bodiesOf(sections))
  const names = Array.from({ length: imported }, (_, index) => nameOf(index))
  order.forEach((index, place) => (names[imported + index] = nameOf(imported + place)))
  return wasmOf(withNames(sections, names))
}

const nameOf = place => String(place).padStart(6, '0')

/** Starts with the longest body; then always the one of which the largest share was seen lately. */
function alike(bodies) {
  const likeness = likenessOf(bodies)
  const whole = likeness.map((row, index) => row[index] + 20)
  const left = new Set(bodies.keys())
  const seen = new Float64Array(bodies.length)
  const order = []
  let next = bodies.reduce(
    (longest, body, index) => (body.length > bodies[longest].length ? index : longest),
    0,
  )
  while (left.size > 0) {
    order.push(next)
    left.delete(next)
    for (let index = 0; index < seen.length; index++)
      seen[index] = seen[index] * DECAY + likeness[next][index]
    let best = -1
    for (const index of left) {
      const share = seen[index] / whole[index]
      if (share > best) [best, next] = [share, index]
    }
  }
  return order
}

/** For each two bodies what they have in common: runs of bytes, the rarer the weightier. */
function likenessOf(bodies) {
  const holders = new Map()
  bodies.forEach((body, index) => {
    const text = Buffer.from(body).toString('latin1')
    for (let at = 0; at + LENGTH <= text.length; at++) {
      const run = text.slice(at, at + LENGTH)
      const known = holders.get(run)
      if (!known) holders.set(run, [index])
      else if (known.at(-1) !== index) known.push(index)
    }
  })
  const likeness = bodies.map(() => new Float32Array(bodies.length))
  for (const found of holders.values()) {
    if (found.length < 2 || found.length > bodies.length * COMMON) continue
    const weight = Math.log(bodies.length / found.length)
    for (const one of found) for (const other of found) likeness[one][other] += weight
  }
  return likeness
}
