// The viewer as a web site: www/ bundled by webpack over the packed package, beside the sample scene.
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import webpack from 'webpack'
import { viewer } from '../webpack.config.js'
import { ensurePacked } from './pack.mjs'
import { root } from './paths.mjs'
import { step } from './report.mjs'
import { startServer } from '../tests/server/server.mjs'

/** Files that are served as they are. */
const plain = ['index.html', 'controls.css', 'style.css', 'icon.svg']

/** Nothing but the site's own code runs; rasters may come from anywhere. */
const policy = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "img-src 'self' data:",
  'connect-src * blob:',
].join('; ')

/** @returns {Promise<string>} the folder that it was built into */
export async function buildViewer() {
  const { project } = await ensurePacked()
  const configuration = viewer(join(project, 'node_modules'))
  await step('build www: webpack', async () => {
    await bundle(configuration)
    await mkdir(configuration.output.path, { recursive: true })
    await Promise.all(
      plain.map(name => copyFile(join(root, 'www', name), join(configuration.output.path, name))),
    )
  })
  return configuration.output.path
}

/** Errors and warnings are failures. */
export function bundle(configuration) {
  return new Promise((resolve, reject) => {
    webpack(configuration, (error, stats) => {
      if (error) return reject(error)
      if (!stats.hasErrors() && !stats.hasWarnings()) return resolve(stats)
      const output = stats.toString({ all: false, errors: true, warnings: true })
      reject(Object.assign(new Error('webpack complains'), { output }))
    })
  })
}

/**
 * @param {string} folder as `buildViewer` gives it
 * @param {{ port?: number, mounts?: Record<string, string> }} [options] mounts: more folders by prefix
 */
export function serveViewer(folder, { port = 0, mounts = {} } = {}) {
  return startServer({
    port,
    mounts: { '/': folder, '/scene/': join(root, 'examples/scene'), ...mounts },
    headers: { 'Content-Security-Policy': policy },
  })
}
