import { checkFunction, checkName, checkNumbers, checkOptions, checkSignal } from './arguments.js'
import { Call } from './call.js'
import { host, runtime, type Core, type Runtime } from './core.js'
import { checkWorkers } from './pool.js'
import { OpenRaster } from './raster.js'
import { resolveSource, type ResolvedSource } from './source.js'
import type { CoreDataset, CoreOpenOptions } from './core-types.js'
import type { CacheStats, NetOptions, OpenOptions, Raster, SourceLike } from './types.js'

/** Opens a raster: one request, or none for what is in memory. Everything else waits until it is needed. */
export async function open(source: SourceLike, options?: OpenOptions): Promise<Raster> {
  return openIn(runtime, source, options)
}

/** The cache of bytes that all rasters share. */
export const cache = {
  /** What it holds now. */
  stats: (): CacheStats => host.cacheStats(),
  /** Forgets everything; reads under way are not disturbed. */
  clear: (): void => host.clearCache(),
}

/** Sets how bytes are asked for and kept, for rasters opened afterwards: they share a new cache. */
export function configure(options: NetOptions): void {
  host.configure(checkNumbers('options', options) ?? {})
}

/** `open` in that runtime. */
export async function openIn(from: Runtime, source: unknown, options?: OpenOptions): Promise<Raster> {
  const checked = checkOptions(options)
  const signal = checkSignal(checked.signal)
  checkWorkers(checked.workers)
  checkFunction('fetch', checked.fetch)
  const coreOptions = openOptions(checked)
  const base = resolveSource(source, checked)
  const sidecar = sidecarOf(checked)
  const call = new Call(signal)
  const release = (): void => {
    base.close()
    sidecar?.close()
  }
  try {
    return await call.run(async () => {
      const core = await from.core()
      call.check()
      const overviews = sidecar?.core ?? checked.overviews
      const asked = overviews === undefined ? coreOptions : { ...coreOptions, overviews: overviews as boolean }
      const dataset = await openDataset(core, base, asked, call)
      return new OpenRaster({ core, dataset, decoder: from.decoder, release })
    })
  } catch (error) {
    release()
    throw error
  }
}

async function openDataset(core: Core, base: ResolvedSource, options: CoreOpenOptions, call: Call): Promise<CoreDataset> {
  return core.track(call, async () => {
    const dataset = await core.engine.open(base.core, options, call.signal)
    if (!call.failed) return dataset
    dataset.close()
    dataset.free()
    call.check()
    return dataset
  })
}

function openOptions(options: OpenOptions): CoreOpenOptions {
  const policy = checkName('overviewPolicy', options.overviewPolicy, ['internal-first', 'append'])
  const limits = checkNumbers('limits', options.limits)
  return { ...(policy && { overviewPolicy: policy }), ...(limits && { limits }) }
}

/** The sidecar where it is given as a source; it is asked for in the same way as the base. */
function sidecarOf(options: OpenOptions): ResolvedSource | undefined {
  const { overviews } = options
  if (overviews === undefined || typeof overviews === 'boolean') return undefined
  return resolveSource(overviews, options, 'overviews')
}
