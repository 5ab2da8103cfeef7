// WebAssembly's binary form, as far as the build looks into it: sections, and in them functions and their names.

/**
 * @typedef {object} Section
 * @property {number} id
 * @property {Uint8Array} content
 */

const ID = { custom: 0, import: 2, code: 10, data: 11 }

/** Reads numbers, texts and parts one after the other. */
class Cursor {
  at = 0

  constructor(bytes) {
    this.bytes = bytes
  }

  get ended() {
    return this.at >= this.bytes.length
  }

  byte() {
    return this.bytes[this.at++]
  }

  number() {
    let [value, shift] = [0, 0]
    for (;;) {
      const byte = this.byte()
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
      shift += 7
    }
  }

  signed() {
    let [value, shift] = [0, 0]
    for (;;) {
      const byte = this.byte()
      value |= (byte & 127) << shift
      shift += 7
      if (byte < 128) return shift < 32 && byte & 64 ? value | (-1 << shift) : value
    }
  }

  take(length) {
    return this.bytes.subarray(this.at, (this.at += length))
  }

  sized() {
    return this.take(this.number())
  }

  text() {
    return Buffer.from(this.sized()).toString()
  }
}

const leb = value => {
  const bytes = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value & 127) | 128)
  return [...bytes, value]
}

const sized = content => Buffer.concat([Buffer.from(leb(content.length)), content])

/** @param {Uint8Array} wasm */
export function sectionsOf(wasm) {
  const cursor = new Cursor(wasm)
  cursor.take(8)
  const sections = []
  while (!cursor.ended) sections.push({ id: cursor.byte(), content: cursor.sized() })
  return sections
}

/** @param {Section[]} sections */
export function wasmOf(sections) {
  const header = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
  return Buffer.concat([
    header,
    ...sections.flatMap(({ id, content }) => [Buffer.from([id]), sized(content)]),
  ])
}

/** The functions' bodies, in their order. */
export function bodiesOf(sections) {
  const cursor = new Cursor(sections.find(({ id }) => id === ID.code).content)
  return Array.from({ length: cursor.number() }, () => cursor.sized())
}

/** The same sections with other bodies. */
export function withBodies(sections, bodies) {
  const content = Buffer.concat([Buffer.from(leb(bodies.length)), ...bodies.map(sized)])
  return sections.map(section => (section.id === ID.code ? { id: ID.code, content } : section))
}

/** How many functions are imported: these come first where functions are numbered. */
export function importedFunctions(sections) {
  const section = sections.find(({ id }) => id === ID.import)
  if (!section) return 0
  const cursor = new Cursor(section.content)
  let functions = 0
  for (let left = cursor.number(); left > 0; left--) {
    cursor.text()
    cursor.text()
    // The modules import functions alone: anything else is not understood here.
    if (cursor.byte() !== 0) throw new Error('an import that is no function')
    cursor.number()
    functions += 1
  }
  return functions
}

/** The data that memory starts with: views to be read and changed, each with its address. */
export function dataOf(sections) {
  const cursor = new Cursor(sections.find(({ id }) => id === ID.data).content)
  return Array.from({ length: cursor.number() }, () => {
    // Of the kinds of segments, Rust makes those of one memory at a constant address: i32.const, end.
    if (cursor.byte() !== 0 || cursor.byte() !== 0x41) throw new Error('a segment of data without an address')
    const address = cursor.signed()
    cursor.byte()
    return { address, bytes: cursor.sized() }
  })
}

const isNames = ({ id, content }) => id === ID.custom && new Cursor(content).text() === 'name'

/** The functions' names by their numbers. */
export function namesOf(sections) {
  const names = new Map()
  const section = sections.find(isNames)
  if (!section) return names
  const cursor = new Cursor(section.content)
  cursor.text()
  while (!cursor.ended) {
    const kind = cursor.byte()
    const part = new Cursor(cursor.sized())
    if (kind !== 1) continue
    for (let left = part.number(); left > 0; left--) names.set(part.number(), part.text())
  }
  return names
}

/** The same sections with other names of functions, by their numbers, and no other names. */
export function withNames(sections, names) {
  const entries = names.map((name, number) =>
    Buffer.concat([Buffer.from(leb(number)), sized(Buffer.from(name))]),
  )
  const map = Buffer.concat([Buffer.from(leb(names.length)), ...entries])
  const content = Buffer.concat([sized(Buffer.from('name')), Buffer.from([1]), sized(map)])
  return [...sections.filter(section => !isNames(section)), { id: ID.custom, content }]
}
