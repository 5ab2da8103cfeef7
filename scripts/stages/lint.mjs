// Clippy for the native build and for the browser's, rustdoc, the type checker and eslint. A warning is a failure.
import { join } from 'node:path'
import { root } from '../paths.mjs'
import { run } from '../run.mjs'
import { ensureNpmPackages } from '../tools/npm.mjs'
import { ensureComponent, ensureTarget, findCargo } from '../tools/rust.mjs'

export async function setUp() {
  await findCargo()
  await ensureComponent('clippy', 'clippy')
  await ensureTarget('wasm32-unknown-unknown')
  await ensureNpmPackages({ tests: true })
}

export async function check() {
  const strict = ['--', '-D', 'warnings']
  await run('cargo', ['clippy', '--all-targets', ...strict])
  await run('cargo', ['clippy', '--lib', '--test', 'wasm', '--target', 'wasm32-unknown-unknown', ...strict])
  await run('cargo', ['doc', '--no-deps', '--lib'], { env: { RUSTDOCFLAGS: '-D warnings' } })
  await node('typescript/bin/tsc', ['-p', 'tsconfig.json'])
  await node('eslint/bin/eslint.js', ['--max-warnings', '0', '.'])
}

const node = (script, args) => run(process.execPath, [join(root, 'node_modules', script), ...args])
