// A core that is driven by hand: what it answers, and when, is the test's. The seam is js/core-types.ts.
import { CoreHost } from '../../pkg/core.js'
import { InlineDecoder } from '../../pkg/inline-decoder.js'
import { KeptBlocks } from '../../pkg/kept-blocks.js'
import { node } from '../../pkg/platform.node.js'
import { openIn } from '../../pkg/open.js'

const band = { dtype: 'uint8', nodata: null, description: null, unit: null, scale: 1, offset: 0 }
const restOfBand = { colorInterpretation: 'gray', colormap: null, statistics: null, metadata: {} }

export function fakeInfo(changes = {}) {
  const { bandCount = 1, dtype = 'uint8', nodata = null } = changes
  return {
    width: 8,
    height: 4,
    bandCount,
    dtype,
    nodata,
    transform: [1, 0, 0, 0, -1, 4],
    bounds: [0, 0, 8, 4],
    crs: { epsg: 4326, name: 'WGS 84', keys: {} },
    bands: Array.from({ length: bandCount }, () => ({ ...band, ...restOfBand, dtype, nodata })),
    metadata: {},
    storage: {
      byteOrder: 'little',
      bigTiff: false,
      tiled: true,
      blockSize: [4, 4],
      planarConfiguration: 1,
      bitsPerSample: 8,
      sampleFormat: 'unsigned',
      compression: 'none',
      predictor: 1,
      photometric: 'MinIsBlack',
    },
    sidecar: { role: 'overviews', state: 'unprobed', url: null, reason: null },
    files: [],
    warnings: [],
    ...changes,
  }
}

/** A plan of the fake's whole image; blocks are `[x, y, width, height]` or `{ place, bands, sparse, job }`. */
export function fakePlan({ width = 8, height = 4, bands = [1], blocks = [[0, 0, 8, 4]], ...changes } = {}) {
  const places = bands.map((_, i) => i)
  let at = 1000
  const planned = blocks.map((block, index) => {
    const { place = block, bands: own = places, sparse = false, job = { index }, bytes = 10 } = block
    const [x, y, w, h] = place
    const start = at
    if (!sparse) at += bytes
    const placement = { x, y, width: w, height: h, bands: own }
    return { file: 0, index, start, end: at, module: 'decode', weight: at - start, job, placement }
  })
  return {
    level: 0,
    window: [0, 0, width, height],
    width,
    height,
    bands,
    layout: 'band',
    dtype: 'uint8',
    nodata: null,
    fill: bands.map(() => 0),
    transform: null,
    bounds: null,
    bytes: width * height * bands.length,
    blocks: planned,
    planes: 0,
    colours: [],
    ...changes,
  }
}

export function deferred() {
  const made = {}
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }))
  return made
}

/** Settles as the core must: with the signal's reason when it is aborted first. */
export function abortable(promise, signal) {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort)
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

export const noCost = { requests: 0, bytes: 0, cacheHits: 0, retries: 0, usefulBytes: 0, waitMs: 0 }

export class FakeDataset {
  closed = 0
  freed = 0
  requests = []
  fetches = []
  priorities = []
  totals = { ...noCost, requests: 1, bytes: 100 }

  constructor({ info, plan, levels, fetch } = {}) {
    this.facts = fakeInfo(info)
    this.planned = plan ?? fakePlan()
    this.levelList = levels ?? []
    if (fetch) this.deliver = fetch
  }

  info() {
    return structuredClone(this.facts)
  }

  levels(signal) {
    return abortable(Promise.resolve(this.levelList), signal)
  }

  plan(request, signal) {
    this.requests.push(request)
    const planned = typeof this.planned === 'function' ? this.planned(request) : this.planned
    return abortable(Promise.resolve(planned), signal)
  }

  setPriority(group, priority) {
    this.priorities.push([group, priority])
  }

  fetch(ranges, onBlock, signal, group, priority) {
    const call = { ranges, onBlock, signal, group, priority }
    this.fetches.push(call)
    return abortable(Promise.resolve(this.deliver(call)), signal)
  }

  /** Unless the test does otherwise: every block at once, its bytes all its index. */
  async deliver({ ranges, onBlock }) {
    ranges.forEach(({ start, end }, index) => onBlock(index, new Uint8Array(end - start).fill(index)))
    return {
      requests: 1,
      bytes: ranges.reduce((sum, { start, end }) => sum + end - start, 0),
      cacheHits: 0,
      retries: 0,
      usefulBytes: 0,
      waitMs: 0,
    }
  }

  stats() {
    return { ...this.totals }
  }

  close() {
    this.closed += 1
  }

  free() {
    this.freed += 1
  }
}

export class FakeEngine {
  opened = []

  constructor(dataset) {
    this.dataset = dataset
  }

  open(source, options, signal) {
    this.opened.push({ source, options, signal })
    return abortable(Promise.resolve(this.dataset), signal)
  }

  cacheStats() {
    return { bytes: 7, limit: 64, pieces: 1 }
  }

  clearCache() {
    this.cleared = true
  }
}

/** A decoder whose job says what it gives: `job.samples` bytes, an error to throw, or else zeros of `job.length`. */
export function fakeDecode(job) {
  if (job.throws) throw job.throws
  return job.samples ? Uint8Array.from(job.samples) : new Uint8Array(job.length ?? 32)
}

/** A runtime over fakes; `loads` counts how often a decoder was made. */
export function fakeRuntime({ dataset = new FakeDataset(), decode = fakeDecode } = {}) {
  const engine = new FakeEngine(dataset)
  const loads = { core: [], decoder: 0 }
  const host = new CoreHost(async replace => {
    loads.core.push(replace)
    return { make: net => Object.assign(engine, { net }) }
  })
  const load = async () => {
    loads.decoder += 1
    return { decode }
  }
  const decoder = new InlineDecoder(load, node.nextTask)
  const runtime = { platform: node, host, pools: { of: () => decoder }, kept: new KeptBlocks() }
  const open = (...args) => openIn(runtime, ...(args.length > 0 ? args : ['http://fake/a.tif']))
  return { runtime, engine, dataset, loads, open }
}

/** An open raster over fakes. */
export async function openFake(parts) {
  const fakes = fakeRuntime(parts)
  return { ...fakes, raster: await fakes.open() }
}

/** Lets everything that is ready run; a rejection that nobody handled fails the test by then. */
export function turns(count = 5) {
  return Array.from({ length: count }).reduce(
    last => last.then(() => new Promise(r => setImmediate(r))),
    Promise.resolve(),
  )
}
