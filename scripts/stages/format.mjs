// Rust by rustfmt; JavaScript, TypeScript and JSON by prettier.
import { join } from 'node:path'
import { root } from '../paths.mjs'
import { run } from '../run.mjs'
import { ensureNpmPackages } from '../tools/npm.mjs'
import { ensureComponent, findCargo } from '../tools/rust.mjs'

export async function setUp() {
  await findCargo()
  await ensureComponent('rustfmt', 'fmt')
  await ensureNpmPackages({ tests: true })
}

export async function check() {
  await run('cargo', ['fmt', '--all', '--check'])
  const prettier = join(root, 'node_modules', 'prettier', 'bin', 'prettier.cjs')
  await run(process.execPath, [prettier, '--check', '--log-level', 'warn', '.'])
}
