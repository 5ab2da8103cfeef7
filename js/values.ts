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
    if (kind === 5) return this.#string()
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

  /** Most are names of fields: for those the platform's decoder takes longer than a few letters do. */
  #string(): string {
    const length = this.#whole()
    const [start, end] = [this.#skip(length), this.#at]
    let text = ''
    for (let at = start; at < end; at++) {
      const letter = this.#bytes[at] ?? 0
      if (letter > 127 || length > 32) return this.#text.decode(this.#bytes.subarray(start, end))
      text += String.fromCharCode(letter)
    }
    return text
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

/** A value as src/values/given.rs reads it: `undefined` is `null`, or no field. */
export function writeValue(value: unknown): Uint8Array {
  const writer = new Writer()
  writer.value(value)
  return writer.written()
}

/** Made when it is first needed: to import this asks nothing of the platform. */
let encoder: TextEncoder | undefined

class Writer {
  #bytes = new Uint8Array(256)
  #view = new DataView(this.#bytes.buffer)
  #at = 0

  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }

  value(value: unknown): void {
    if (typeof value === 'number') this.#number(value)
    else if (typeof value === 'string') this.#sized(5, (encoder ??= new TextEncoder()).encode(value))
    else if (typeof value === 'boolean') this.#kind(value ? 2 : 1)
    else if (typeof value !== 'object' || value === null) this.#kind(0)
    else if (value instanceof Uint8Array) this.#sized(6, value)
    else if (Array.isArray(value)) this.#list(value)
    else this.#object(value)
  }

  #list(items: unknown[]): void {
    this.#kind(7)
    for (const item of items) this.value(item)
    this.#kind(9)
  }

  #object(fields: object): void {
    this.#kind(8)
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) continue
      this.value(name)
      this.value(value)
    }
    this.#kind(9)
  }

  #number(number: number): void {
    const isWhole = Object.is(number >>> 0, number)
    this.#kind(isWhole ? 3 : 4)
    const at = this.#room(isWhole ? 4 : 8)
    if (isWhole) this.#view.setUint32(at, number, true)
    else this.#view.setFloat64(at, number, true)
  }

  #sized(kind: number, bytes: Uint8Array): void {
    this.#kind(kind)
    const at = this.#room(4 + bytes.length)
    this.#view.setUint32(at, bytes.length, true)
    this.#bytes.set(bytes, at + 4)
  }

  #kind(kind: number): void {
    const at = this.#room(1)
    this.#bytes[at] = kind
  }

  /** Room for so many bytes more: where it begins. */
  #room(bytes: number): number {
    const at = this.#at
    this.#at += bytes
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#at)
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return at
  }
}
