// The viewer: www/ to target/pyramidion/www, with the package as its users get it. `npm start` packs, builds and serves.
import { join } from 'node:path'
import { work } from './scripts/paths.mjs'

/**
 * @param {string} modules the node_modules folder that the package is installed in
 * @returns {import('webpack').Configuration}
 */
export function viewer(modules) {
  return {
    mode: 'production',
    context: join(import.meta.dirname, 'www'),
    entry: './main.js',
    output: { path: join(work, 'www'), filename: 'main.js', clean: true },
    resolve: { modules: [modules] },
    module: { rules: [{ test: /\.js$/, resolve: { fullySpecified: true } }] },
    devtool: 'source-map',
    performance: { hints: false },
  }
}
