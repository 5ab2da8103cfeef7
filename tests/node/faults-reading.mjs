// One raster read through, in Node or in a page: what came of it, as plain data.

/**
 * Opens a raster and reads all its levels, and one more than it has; then a sound file that the same engine has opened
 * before. Runs in a page from its text, so it stands alone.
 *
 * @param {typeof import('../../pkg/index.js')} pyramidion
 * @param {{ url: string, options: object, net: object, sound: string }} what `net` goes to `configure`, `sound` is a URL
 */
export async function readThrough({ configure, open }, { url, options, net, sound }) {
  const sha256 = async bytes => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    return Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
  }
  const plain = error => ({
    code: error.code ?? error.name,
    message: error.message,
    detail: error.detail ?? {},
    cause: error.cause === undefined ? null : String(error.cause),
  })
  // New options mean a new engine: no byte of another case is in its cache. The two that are opened now share it.
  configure(net)
  const opening = open(url, options)
  const openingSound = open(sound, { overviews: false })
  const began = performance.now()
  const levels = []
  let raster
  let step = 'open'
  let failure = null
  let beyond = null
  try {
    raster = await opening
    step = 'levels'
    const listed = await raster.levels()
    step = 'read'
    for (const { index, width, height, file } of listed) {
      const read = await raster.read({ level: index }).then(
        async ({ data }) => ({ sha256: await sha256(data) }),
        error => ({ error: plain(error) }),
      )
      levels.push({ width, height, file, ...read })
    }
    beyond = await raster.read({ level: listed.length }).then(() => null, plain)
  } catch (error) {
    failure = { step, ...plain(error) }
  }
  const other = await openingSound
  const outcome = {
    failure,
    levels,
    beyond,
    sidecar: raster ? { ...raster.sidecar } : null,
    warnings: raster ? [...raster.warnings] : [],
    stats: raster ? { ...raster.stats() } : null,
    ms: performance.now() - began,
    sound: await sha256((await other.read()).data),
  }
  other.close()
  raster?.close()
  return outcome
}
