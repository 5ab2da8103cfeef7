// A web server that is not ours: the packed package through nginx, in Node and in a page.
import { ensurePacked } from '../pack.mjs'
import { browserFlags, ensureBrowser } from '../tools/browser.mjs'
import { ensureNginx } from '../tools/nginx.mjs'
import { ensureNpmPackages } from '../tools/npm.mjs'
import { runNodeTests } from './node-tests.mjs'

export const needsPackage = true

export async function setUp() {
  await ensureNpmPackages({ tests: true })
  return { ...(await ensureBrowser()), nginx: await ensureNginx() }
}

export async function check({ chrome, nginx }) {
  const { installed } = await ensurePacked()
  return runNodeTests(['tests/nginx'], {
    PYRAMIDION_CHROME: chrome,
    PYRAMIDION_CHROME_FLAGS: browserFlags.join(' '),
    PYRAMIDION_INSTALLED: installed,
    PYRAMIDION_NGINX: nginx,
  })
}
