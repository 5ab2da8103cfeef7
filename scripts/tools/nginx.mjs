// nginx: what is installed, else Debian's package, else one line that says so.
import { installDebianPackages, onPath } from './debian.mjs'

const DEBIAN = 'nginx-light'
const ADVICE = `nginx not found: install Debian's package ${DEBIAN}, or name the program with NGINX`

const find = () => process.env.NGINX || onPath(['nginx'])

/** @returns {Promise<string>} path of the program */
export async function ensureNginx() {
  let found = find()
  if (!found && (await installDebianPackages([DEBIAN]))) found = find()
  if (!found) throw new Error(ADVICE)
  return found
}
