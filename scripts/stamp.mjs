// Remembers what a step was made from and what it made, so that it runs again only when either changed.
import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { root, work } from './paths.mjs'

/** All files below a folder, sorted, as absolute paths; a missing folder has none. */
export async function filesBelow(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(error => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

/** A hash over the names and bytes of files (a missing one counts as such) and any further text. */
export async function hashOf(files, ...text) {
  const hash = createHash('sha256').update(JSON.stringify(text))
  for (const file of files) {
    const bytes = await readFile(file).catch(() => null)
    hash.update(`\0${relative(root, file)}\0${bytes === null ? 'missing' : bytes.length}\0`)
    if (bytes !== null) hash.update(bytes)
  }
  return hash.digest('hex')
}

/**
 * Makes outputs from inputs, unless nothing changed on either side since they were last made.
 *
 * @param {string} name the stamp's name
 * @param {string} inputs a hash of everything that the outputs depend on
 * @param {(previous: string[]) => Promise<string[]>} make gets the files made last time, answers those made now
 * @returns {Promise<string | undefined>} 'up to date' when nothing was done
 */
export async function makeOnce(name, inputs, make) {
  const path = join(work, 'stamps', `${name}.json`)
  const old = JSON.parse(await readFile(path, 'utf8').catch(() => '{"files":[]}'))
  const previous = old.files.map(file => join(root, file))
  if (old.inputs === inputs && old.outputs === (await hashOf(previous))) return 'up to date'
  const files = await make(previous)
  const stamp = { inputs, outputs: await hashOf(files), files: files.map(file => relative(root, file)) }
  await mkdir(join(work, 'stamps'), { recursive: true })
  await writeFile(path, JSON.stringify(stamp, null, 1))
}
