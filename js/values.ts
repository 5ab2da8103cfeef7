/** Values as src/values.rs writes them, made what they stand for. */

/** The one value in those bytes. */
export function readValue(bytes: Uint8Array): unknown {
  return new Reader(bytes).value()
}

/** What ends an array or an object. */
const END = Symbol('end')

class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #text = new TextDecoder()
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  value(): unknown {
    const kind = this.#view.getUint8(this.#at++)
    if (kind < 3) return [null, false, true][kind]
    if (kind === 3) return this.#whole()
    if (kind === 4) return this.#view.getFloat64(this.#skip(8), true)
    if (kind === 5) return this.#text.decode(this.#sized())
    if (kind === 6) return this.#sized().slice()
    if (kind === 7) return this.#list()
    return kind === 8 ? this.#object() : END
  }

  #list(): unknown[] {
    const list: unknown[] = []
    for (let item = this.value(); item !== END; item = this.value()) list.push(item)
    return list
  }

  #object(): Record<string, unknown> {
    const object: Record<string, unknown> = {}
    for (let name = this.value(); name !== END; name = this.value()) {
      const value = this.value()
      // A file's own names may be any: this one would not make a field.
      if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true })
      else object[name as string] = value
    }
    return object
  }

  #whole(): number {
    return this.#view.getUint32(this.#skip(4), true)
  }

  #sized(): Uint8Array {
    const length = this.#whole()
    const at = this.#skip(length)
    return this.#bytes.subarray(at, at + length)
  }

  #skip(bytes: number): number {
    const at = this.#at
    this.#at += bytes
    return at
  }
}
