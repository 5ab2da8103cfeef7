import {
  checkBoolean,
  checkFunction,
  checkName,
  checkNumbers,
  checkOptions,
  checkSignal,
} from './arguments.js'
import { explained } from './blocked.js'
import { Call } from './call.js'
import { OpenRaster } from './raster.js'
import { PyramidionError, invalidArgument } from './errors.js'
import { resolveSource, type ResolvedSource } from './source.js'
import type { CoreDataset, CoreOpenOptions, CoreSource } from './core-types.js'
import type { Core } from './core.js'
import type { Platform } from './platform.js'
import type { Runtime } from './runtime.js'
import type { OpenOptions, Raster } from './types.js'

/** Opens a raster in that runtime: one request, or none for what is in memory. Everything else waits until it is needed. */
export async function openIn(runtime: Runtime, source: unknown, options?: OpenOptions): Promise<Raster> {
  const checked = checkOptions(options)
  const signal = checkSignal(checked.signal)
  checkFunction('sign', checked.sign)
  checkFunction('onRequest', checked.onRequest)
  const { platform, host, kept, pools } = runtime
  const decoder = pools.of(checked.workers)
  const http = { ...checked, ...fetchOf(checked, platform) }
  const base = resolveSource(source, { platform, http, name: 'source' })
  const sidecar = resolveOverviews(http, platform)
  const coreOptions = openOptions(checked, sidecar?.core)
  const sharedMemory = platform.sharedMemory()
  const call = new Call(signal)
  const release = closerOf([base, sidecar])
  try {
    return await call.run(async () => {
      const core = await host.core()
      call.check()
      const dataset = await openDataset(core, base, coreOptions, call)
      const { name, local } = base
      const parts = { core, dataset, decoder, sharedMemory, name, local, kept, release }
      const raster = new OpenRaster(parts)
      releaseWhenForgotten(raster, release)
      return raster
    })
  } catch (error) {
    release()
    throw error
  }
}

/** What requests are made with. */
function fetchOf(options: OpenOptions, platform: Platform): Pick<OpenOptions, 'fetch'> {
  const fetch = checkFunction('fetch', options.fetch)
  const { publicHostsOnly } = options
  if (publicHostsOnly === undefined || publicHostsOnly === false) return fetch ? { fetch } : {}
  if (publicHostsOnly !== true) throw invalidArgument('publicHostsOnly', 'true or false', publicHostsOnly)
  if (fetch) {
    const message =
      'publicHostsOnly and fetch exclude each other: a fetch of your own must check hosts itself'
    throw new PyramidionError('invalid_argument', message, { name: 'publicHostsOnly' })
  }
  if (platform.publicFetch) return { fetch: platform.publicFetch() }
  const message =
    'publicHostsOnly: only Node knows addresses; in a browser, hosts are the business of the browser'
  throw new PyramidionError('unsupported', message, { name: 'publicHostsOnly' })
}

/** Made apart from `openIn`: it outlives the raster, and must hold nothing that holds it. */
function closerOf(sources: ({ close(): void } | undefined)[]): () => void {
  return () => {
    for (const source of sources) source?.close()
  }
}

async function openDataset(
  core: Core,
  base: ResolvedSource,
  options: CoreOpenOptions,
  call: Call,
): Promise<CoreDataset> {
  return core.track(call, async () => {
    const opening = core.engine.open(base.core, options, call.signal)
    const dataset = await opening.catch(async (error: unknown) => {
      throw await explained(error, base.core, call.signal)
    })
    if (!call.failed) return dataset
    dataset.close()
    dataset.free()
    call.check()
    return dataset
  })
}

function openOptions(options: OpenOptions, sidecar: CoreSource | boolean | undefined): CoreOpenOptions {
  const policy = checkName('overviewPolicy', options.overviewPolicy, ['internal-first', 'append'])
  const limits = checkNumbers('limits', options.limits)
  const { auxiliary, overviewDepth } = options
  checkBoolean('auxiliary', auxiliary)
  if (overviewDepth !== undefined && !isDepth(overviewDepth)) {
    throw invalidArgument('overviewDepth', 'a whole number from 1 to 8', overviewDepth)
  }
  return {
    ...(sidecar !== undefined && { overviews: sidecar }),
    ...(policy && { overviewPolicy: policy }),
    ...(limits && { limits }),
    ...(overviewDepth !== undefined && { overviewDepth }),
    ...(auxiliary !== undefined && { auxiliary }),
  }
}

function isDepth(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 8
}

/** A sidecar that is given as a source is asked for in the same way as the base. */
function resolveOverviews(
  options: OpenOptions,
  platform: Platform,
): { core: CoreSource | boolean; close(): void } | undefined {
  const { overviews } = options
  if (overviews === undefined) return undefined
  if (typeof overviews === 'boolean') return { core: overviews, close() {} }
  return resolveSource(overviews, { platform, http: options, name: 'overviews' })
}

let forgotten: FinalizationRegistry<() => void> | undefined

/** A raster that is dropped without `close()` must not keep its files open. */
function releaseWhenForgotten(raster: Raster, release: () => void): void {
  forgotten ??= new FinalizationRegistry((releaseIt: () => void) => releaseIt())
  forgotten.register(raster, release)
}
