import { open } from 'pyramidion'

/**
 * What is opened: a raster, its levels, and a name for it.
 *
 * @typedef {{ raster: import('pyramidion').Raster, levels: readonly import('pyramidion').Level[], name: string }} Opened
 */

/** @returns {Promise<Opened>} */
export async function openUrl(text, signal) {
  const url = new URL(text, document.baseURI)
  return withLevels(await open(url.href, { signal }), lastName(url.pathname), signal)
}

/** Files that were chosen or dropped together: the one that is no `.ovr`, and its sidecar where it is among them. */
export async function openFiles(files, signal) {
  const isSidecar = ({ name }) => /\.ovr$/i.test(name)
  const base = files.find(file => !isSidecar(file)) ?? files[0]
  if (!base) throw new Error('no file was given')
  const named = files.find(file => isSidecar(file) && sameName(file.name, `${base.name}.ovr`))
  const sidecar = named ?? files.find(file => isSidecar(file) && file !== base)
  return withLevels(await open(base, { signal, ...(sidecar && { overviews: sidecar }) }), base.name, signal)
}

async function withLevels(raster, name, signal) {
  try {
    return { raster, levels: await raster.levels({ signal }), name }
  } catch (error) {
    raster.close()
    throw error
  }
}

const sameName = (a, b) => a.toLowerCase() === b.toLowerCase()

const lastName = path => decodeURIComponent(path.split('/').pop() || path)
