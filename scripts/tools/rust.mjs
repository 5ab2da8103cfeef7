// Rust's side of the set-up: cargo on PATH, compile targets, and tools that `cargo install` brings.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { root, toolsDir } from '../paths.mjs'
import { step } from '../report.mjs'
import { run } from '../run.mjs'

/** Makes cargo reachable where rustup has put it, for shells whose PATH lacks that folder. */
export async function findCargo() {
  if (await answers('cargo', ['--version'])) return
  const bin = join(process.env.CARGO_HOME ?? join(homedir(), '.cargo'), 'bin')
  process.env.PATH = `${bin}${delimiter}${process.env.PATH}`
  if (!(await answers('cargo', ['--version']))) {
    throw new Error('cargo is not on PATH: install the stable Rust toolchain with rustup (https://rustup.rs)')
  }
}

/** Adds the standard library of a target when it is missing. */
export async function ensureTarget(target) {
  const { stdout } = await run('rustc', ['--print', 'target-libdir', '--target', target])
  if (existsSync(stdout.trim())) return
  await step(`rust target ${target}`, async () => {
    await run('rustup', ['target', 'add', target])
  })
}

/** Adds rustfmt or clippy where rustup's minimal profile left them out. */
export async function ensureComponent(component, subcommand) {
  if (await answers('cargo', [subcommand, '--version'])) return
  await step(`rust component ${component}`, async () => {
    await run('rustup', ['component', 'add', component])
  })
}

/** The version of a package that Cargo.lock holds. */
export async function lockedVersion(name) {
  const lock = await readFile(join(root, 'Cargo.lock'), 'utf8')
  const found = lock.match(new RegExp(`name = "${name}"\\nversion = "([^"]+)"`))
  if (!found) throw new Error(`Cargo.lock has no package ${name}`)
  return found[1]
}

/**
 * The folder of a tool of exactly this version: the one on PATH, the one installed under the project, or built now.
 *
 * @param {{ crate: string, version: string, programs: string[] }} tool programs: what it must bring; the first one's
 *   `--version` is asked
 */
export async function ensureCargoTool({ crate, version, programs }) {
  const home = join(toolsDir, `${crate}-${version}`)
  const bin = join(home, 'bin')
  for (const folder of [bin, ...(process.env.PATH ?? '').split(delimiter)]) {
    if (!programs.every(program => existsSync(join(folder, executable(program))))) continue
    if (await answers(join(folder, executable(programs[0])), ['--version'], version)) return folder
  }
  const what = `${crate} ${version}: building it with cargo install (a minute or two, once)`
  const install = async () => {
    // Beside its place and by this process alone, so that neither an interrupted installation nor a second one under way
    // is taken for a whole one. Not --locked: the lock file inside such a package may name versions withdrawn since.
    const partial = `${home}.partial-${process.pid}`
    await mkdir(partial, { recursive: true })
    try {
      // Unoptimised: half the time to build (98 s of CPU instead of 187), for seconds in use.
      const args = ['install', crate, '--version', version, '--root', partial, '--no-track', '--debug']
      const env = {
        CARGO_TARGET_DIR: join(partial, 'target'),
        RUSTFLAGS: undefined,
        CARGO_PROFILE_DEV_DEBUG: '0',
      }
      await run('cargo', args, { cwd: partial, env, stream: true })
      await mkdir(home, { recursive: true })
      await rm(bin, { recursive: true, force: true })
      await rename(join(partial, 'bin'), bin)
    } finally {
      await rm(partial, { recursive: true, force: true })
    }
  }
  await step(what, install, { streams: true })
  return bin
}

async function answers(program, args, expected = '') {
  try {
    const { stdout } = await run(program, args)
    return stdout.split(/\s+/).includes(expected) || expected === ''
  } catch {
    return false
  }
}

const executable = name => (process.platform === 'win32' ? `${name}.exe` : name)
