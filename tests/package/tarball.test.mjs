/** The tarball: exactly the files that belong in it, and what they may not contain. */

import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { homedir } from 'node:os'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { modules } from '../../scripts/build/modules.mjs'
import { packed, root } from './packed.mjs'

/** The modules of WebAssembly, as scripts/build/modules.mjs has them. */
const wasmFiles = modules.map(({ name }) => `wasm/${name}.wasm`)

const scripts = ['cli.js', 'index.js', 'index.node.js', 'inline.js', 'worker.js', 'worker.node.js']

const read = name => readFile(join(packed.installed, name), 'utf8')

test('the tarball has every file of the package and no other', async () => {
  const sources = await readdir(new URL('js/', root), { recursive: true })
  const modules = sources.filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  assert.ok(modules.includes('index.ts'))
  const types = modules.map(name => `${name.slice(0, -'.ts'.length)}.d.ts`)
  const texts = ['CHANGELOG.md', 'LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'package.json']
  assert.deepEqual(packed.files, [...types, ...scripts, ...texts, ...wasmFiles].sort())
})

test('package.json names files that are there, and no dependencies', async () => {
  const manifest = JSON.parse(await read('package.json'))
  assert.equal(manifest.version, JSON.parse(await readFile(new URL('package.json', root), 'utf8')).version)
  assert.equal(manifest.sideEffects, false)
  assert.equal(manifest.dependencies, undefined)
  assert.equal(manifest.scripts, undefined)
  const named = [...Object.values(manifest.exports['.']), manifest.types, ...Object.values(manifest.bin)]
  for (const name of named) assert.ok(packed.files.includes(name.replace(/^\.\//, '')), `${name} is packed`)
  // Only a list of folders up to the root's `node_modules`, as npm keeps it.
  assert.deepEqual(await readdir(join(packed.project, 'node_modules')).then(visible), ['pyramidion'])
})

const visible = names => names.filter(name => !name.startsWith('.'))

test('bundlers see each WebAssembly file once', async () => {
  // Node's entries hold all that they import.
  const texts = await Promise.all(scripts.filter(name => !name.endsWith('.node.js')).map(read))
  const assets = texts.flatMap(text => [
    ...text.matchAll(/new URL\(['"`]\.\/([^)]*\.wasm)['"`],\s*import\.meta\.url\)/g),
  ])
  assert.deepEqual(assets.map(([, file]) => file).sort(), [...wasmFiles].sort())
})

test('the worker and the browser’s entries import nothing, Node’s entries nothing of the package', async () => {
  for (const name of ['worker.js', 'index.js', 'inline.js'])
    assert.doesNotMatch(await read(name), /\bimport\b\s*[("'{*]|\bfrom\s*["']\./, name)
  for (const name of ['index.node.js', 'worker.node.js'])
    assert.doesNotMatch(await read(name), /\bimport\b\s*\(?["']\.|\bfrom\s*["']\./, name)
})

test('no file names a folder of the machine that built it', async () => {
  const home = homedir()
  for (const name of packed.files) {
    const bytes = await readFile(join(packed.installed, name))
    for (const folder of [home, fileURLToPath(root)])
      assert.ok(!bytes.includes(`${folder}/`.replace('//', '/')), `${name} holds ${folder}`)
  }
})

for (const file of wasmFiles) {
  test(`${file} compiles, carries no debug sections and imports nothing but what the facade leaves empty`, async () => {
    const module = await WebAssembly.compile(await readFile(join(packed.installed, file)))
    for (const section of ['name', 'producers', '.debug_info', '.debug_line'])
      assert.equal(WebAssembly.Module.customSections(module, section).length, 0, section)
    const froms = new Set(WebAssembly.Module.imports(module).map(({ module: from }) => from))
    assert.deepEqual([...froms], [`./${file.slice('wasm/'.length, -'.wasm'.length)}_bg.js`])
  })
}
