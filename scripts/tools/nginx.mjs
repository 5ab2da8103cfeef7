// nginx: what is installed, else Debian's package, else one line that says so.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { step } from '../report.mjs'
import { run } from '../run.mjs'

// Debian keeps it where only root's PATH looks.
const folders = () => [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
const find = name =>
  folders()
    .flatMap(folder => join(folder, name))
    .find(path => existsSync(path))

/** @returns {Promise<string>} path of the program */
export async function ensureNginx() {
  const found = process.env.NGINX || find('nginx')
  if (found) return found
  if (process.getuid?.() !== 0 || !find('apt-get')) throw new Error(ADVICE)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  const install = async () => {
    await run('apt-get', ['update'], { env, stream: true })
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'nginx-light'], { env, stream: true })
  }
  await step('Debian package nginx-light: apt-get install', install, { streams: true })
  const installed = find('nginx')
  if (!installed) throw new Error(ADVICE)
  return installed
}

const ADVICE = "nginx not found: install Debian's package nginx-light, or name the program with NGINX"
