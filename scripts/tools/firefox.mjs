// Firefox: what is installed, else Debian's package, else one line that says so.
import { installDebianPackages, onPath } from './debian.mjs'

const DEBIAN = 'firefox-esr'
const ADVICE = `Firefox not found: install it (Debian's package is ${DEBIAN}), or name the program with FIREFOX`

const find = () => process.env.FIREFOX || onPath(['firefox', 'firefox-esr'])

/** @returns {Promise<string>} path of the program */
export async function ensureFirefox() {
  let found = find()
  if (!found && (await installDebianPackages([DEBIAN]))) found = find()
  if (!found) throw new Error(ADVICE)
  return found
}
