// Programs that tests run: found on PATH, or installed as Debian's packages where that can be done.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { step } from '../report.mjs'
import { run } from '../run.mjs'

// Debian keeps servers where only root's PATH looks.
const more = process.platform === 'win32' ? [] : ['/usr/sbin', '/usr/local/sbin']

/**
 * @param {string[]} names the first that is there counts
 * @returns {string | undefined} path of the program
 */
export function onPath(names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...more]
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return names
    .flatMap(name => folders.map(folder => join(folder, name + suffix)))
    .find(path => existsSync(path))
}

/**
 * @param {string[]} packages
 * @returns {Promise<boolean>} whether there was a way to install any; one that fails is an error
 */
export async function installDebianPackages(packages) {
  if (process.getuid?.() !== 0 || !onPath(['apt-get'])) return false
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const install = async () => {
    await run('apt-get', ['update'], { env, stream: true })
    await run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env, stream: true })
  }
  const what = packages.length === 1 ? 'package' : 'packages'
  await step(`Debian ${what} ${packages.join(' ')}: apt-get install`, install, { streams: true })
  return true
}
