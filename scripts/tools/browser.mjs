// A Chromium-family browser and its driver: what is installed, else Debian's packages, else one line that says so.
import { run } from '../run.mjs'
import { installDebianPackages, onPath } from './debian.mjs'

const browserNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const driverNames = ['chromedriver', 'chromium.chromedriver']
const packages = ['chromium', 'chromium-driver']

/** No sandbox, since tests run as root in containers; QUIC and background traffic off, since requests are counted. */
export const browserFlags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
]

/** @returns {Promise<{ chrome: string, chromedriver: string }>} paths of a browser and of a driver that fits it */
export async function ensureBrowser() {
  let found = find()
  if (!found.chrome || !found.chromedriver) {
    await installDebianPackages(packages)
    found = find()
  }
  const { chrome, chromedriver } = found
  if (!chrome || !chromedriver) throw new Error(advice(found))
  const versions = await Promise.all([majorVersion(chrome), majorVersion(chromedriver)])
  if (versions[0] !== versions[1]) {
    throw new Error(
      `${chrome} is version ${versions[0]} and ${chromedriver} is version ${versions[1]}, expected the same: ` +
        'install a matching pair, or name one with CHROME and CHROMEDRIVER',
    )
  }
  return { chrome, chromedriver }
}

function find() {
  return {
    chrome: process.env.CHROME || onPath(browserNames),
    chromedriver: process.env.CHROMEDRIVER || onPath(driverNames),
  }
}

function advice({ chrome, chromedriver }) {
  const missing = [chrome ? [] : 'a Chromium or Chrome browser', chromedriver ? [] : 'chromedriver'].flat()
  return (
    `${missing.join(' and ')} not found on PATH: install Debian's packages ${packages.join(' and ')} ` +
    '(or Chrome and its driver), or name them with CHROME and CHROMEDRIVER'
  )
}

async function majorVersion(program) {
  const { stdout } = await run(program, ['--version'])
  const found = stdout.match(/(\d+)\.\d+\.\d+/)
  if (!found)
    throw new Error(`${program} --version says ${JSON.stringify(stdout)}, expected a version number`)
  return Number(found[1])
}
