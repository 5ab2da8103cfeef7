// npm packages of the private root: `dependencies` build the package, `devDependencies` test it.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../paths.mjs'
import { step } from '../report.mjs'
import { npm } from '../run.mjs'

/**
 * Installs what package-lock.json names, unless it is there already.
 *
 * @param {{ tests?: boolean }} [options] tests: the test tools too; a build or a demo needs none
 */
export async function ensureNpmPackages({ tests = false } = {}) {
  if (await installed(tests)) return
  const what = tests ? 'npm packages: build and test tools' : 'npm packages: build tools'
  await step(what, async () => {
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', ...(tests ? [] : ['--omit=dev'])]
    await npm(args, { env: { NODE_ENV: undefined, PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1' } })
  })
}

/** npm leaves a list of what it installed; every package of the lock file has to stand in it with the same hash. */
async function installed(tests) {
  const wanted = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')).packages
  const list = join(root, 'node_modules', '.package-lock.json')
  const present = JSON.parse(await readFile(list, 'utf8').catch(() => '{}')).packages ?? {}
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.optional || (entry.dev && !tests)) return true
    return present[path]?.integrity === entry.integrity
  })
}
