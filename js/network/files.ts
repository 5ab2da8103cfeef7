/** Where the files of one dataset come from: its base, and the files beside it, each looked for only when it is needed. */

import { closed, fault } from './fault.js'
import { at, siblingOf, type Http, type Local, type Origin } from './origin.js'
import type { Driver } from './driver.js'
import type { Lease } from './sources.js'

/** A file beside the base as the core knows it (src/wasm/core/dataset.rs): its usual name, and the places where it may be. */
export interface Neighbour {
  name: string | null
  places: { url: string | null; suffix: string | null; named: boolean }[]
}

/** A place where a file may be. The origin of one that a source's own `sibling` gives is asked for when it is looked at. */
interface Place {
  name: string
  origin(): Origin
}

/** A file beside the base, as far as it was looked for. */
interface Beside {
  /** URL or name, for people. */
  name: string | undefined
  places: Place[]
  /** The place that is looked at. */
  at: number
  lease?: Lease | undefined
  /** From the first place. */
  absence?: unknown
}

/** The files of a dataset: the base is file 0. */
export class Files {
  readonly #driver: Driver
  /** URL or name of the base. */
  readonly name: string
  #base: Lease | undefined
  readonly #beside: Beside[]
  #closed = false

  /** Takes hold of the base. Nothing is sent. */
  constructor(driver: Driver, base: Origin, named: Origin | undefined, neighbours: Neighbour[]) {
    this.#driver = driver
    this.name = base.name
    this.#base = driver.lease(base)
    this.#beside = neighbours.map(({ name, places }) => ({
      name: name ?? undefined,
      places: places.map(place => placeOf(place, base, named)),
      at: 0,
    }))
  }

  /** The source of a file, and the number of the place where it is looked for. */
  source(file: number): [source: number, place: number] {
    if (file === 0) {
      if (!this.#base) throw this.#missing(file)
      return [this.#base.source, 0]
    }
    const beside = this.#beside[file - 1]
    const place = beside?.places[beside.at]
    if (beside && !beside.lease && place && !this.#closed) {
      // The user's code runs here, and may close the dataset.
      const origin = place.origin()
      if (!this.#closed) beside.lease = this.#driver.lease(origin)
    }
    if (!beside?.lease) throw this.#missing(file)
    return [beside.lease.source, beside.at]
  }

  /** The sources that are held now, and their names. */
  held(): [source: number, name: string][] {
    const beside = this.#beside.map(({ lease, places, at }) => [lease, places[at]?.name ?? ''] as const)
    return [[this.#base, this.name] as const, ...beside].flatMap(([lease, name]) =>
      lease ? [[lease.source, name] as [number, string]] : [],
    )
  }

  /** URL or name of a file: of one beside the base where it was found, or usually is. */
  nameOf(file: number): string | undefined {
    return file === 0 ? this.name : this.#beside[file - 1]?.name
  }

  /** The same, of the place that is looked at. */
  placeName(file: number): string | undefined {
    const beside = this.#beside[file - 1]
    return file === 0 ? this.name : beside?.places[beside.at]?.name
  }

  /** Bytes of the file have come from the place that is looked at. */
  found(file: number): void {
    const beside = this.#beside[file - 1]
    if (beside) beside.name = this.placeName(file)
  }

  /**
   * Looks elsewhere for the file that is absent from that place, unless another call has moved on already. Where there is no other
   * place it throws the absence from the first one, whose name people know.
   */
  lookBeyond(file: number, place: number, absence: unknown): void {
    const beside = this.#beside[file - 1]
    if (!beside) throw absence
    if (beside.at !== place) return
    if (place + 1 >= beside.places.length) throw beside.absence ?? absence
    beside.at += 1
    beside.absence ??= absence
    this.#leave(beside)
  }

  /** Lets go of all files. */
  close(): void {
    this.#closed = true
    if (this.#base) this.#driver.leave(this.#base)
    this.#base = undefined
    for (const beside of this.#beside) this.#leave(beside)
  }

  #leave(beside: Beside): void {
    const { lease } = beside
    beside.lease = undefined
    if (lease) this.#driver.leave(lease)
  }

  #missing(file: number): unknown {
    return this.#closed ? closed(this.name) : fault('not_found', `${this.name} has no file ${file}`)
  }
}

function placeOf(
  { url, suffix, named }: Neighbour['places'][number],
  base: Origin,
  overviews?: Origin,
): Place {
  const origin = (named && overviews) || base
  if (url !== null) return { name: url, origin: () => at(origin as Http, url) }
  if (suffix === null) return { name: origin.name, origin: () => origin }
  return { name: origin.name + suffix, origin: () => siblingOf(origin as Local, suffix) }
}
