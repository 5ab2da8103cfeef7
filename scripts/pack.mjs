// The package as its users get it: packed by npm, and installed from the tarball into an empty project.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pkg, work } from './paths.mjs'
import { npm } from './run.mjs'

/**
 * @typedef {object} Packed
 * @property {string} tarball
 * @property {string[]} files paths in the tarball, sorted
 * @property {number} bytes of the tarball
 * @property {string} project the folder that it is installed in
 * @property {string} installed the package's folder below it
 */

/** @returns {Promise<Packed>} made once per process, from the pkg/ that is there */
export function ensurePacked() {
  packing ??= pack()
  return packing
}

let packing

async function pack() {
  const folder = join(work, 'packed')
  const project = join(folder, 'project')
  await rm(folder, { recursive: true, force: true })
  await mkdir(project, { recursive: true })
  const { stdout } = await npm(['pack', pkg, '--json', '--pack-destination', folder])
  const [facts] = JSON.parse(stdout)
  const tarball = join(folder, facts.filename)
  await writeFile(
    join(project, 'package.json'),
    '{ "name": "consumer", "private": true, "type": "module" }\n',
  )
  // The package has no dependencies: an installation that asks the registry for one fails.
  await npm(['install', tarball, '--offline', '--no-audit', '--no-fund', '--install-links'], { cwd: project })
  const files = facts.files.map(file => file.path).sort()
  return {
    tarball,
    files,
    bytes: facts.size,
    project,
    installed: join(project, 'node_modules', 'pyramidion'),
  }
}
