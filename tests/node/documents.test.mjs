// docs/TESTING.md and docs/TESTING-bytes.md say which test shows which behaviour: every line has a test that names it, and every test,
// function and file that they name is there.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const LINES = { A: 27, B: 16 }
const documents = { A: 'docs/TESTING.md', B: 'docs/TESTING-bytes.md' }

async function sources() {
  const folders = ['src', 'tests']
  const names = await Promise.all(folders.map(folder => readdir(join(root, folder), { recursive: true })))
  const paths = folders.flatMap((folder, index) => names[index].map(name => join(folder, name)))
  const own = paths.filter(path => /\.(rs|mjs|py)$/.test(path) && !path.includes('node_modules'))
  return Promise.all(own.map(async path => ({ path, text: await readFile(join(root, path), 'utf8') })))
}

const files = await sources()
const rust = files.filter(({ path }) => path.endsWith('.rs'))
const scripts = files.filter(({ path }) => path.endsWith('.test.mjs'))
const functions = rust.flatMap(({ text }) => [...text.matchAll(/\bfn (\w+)/g)].map(([, name]) => name))
const rustTests = rust.flatMap(({ text }) =>
  [...text.matchAll(/#\[test\]\s*(?:#\[[^\]]*\]\s*)*fn (\w+)/g)].map(([, name]) => name),
)
const titles = scripts.flatMap(({ text }) =>
  [...text.matchAll(/\b(?:test|describe)\(\s*(?:'((?:\\.|[^'\\])*)'|"([^"]*)"|`([^`]*)`)/g)].map(
    ([, single, double, template]) => single ?? double ?? template,
  ),
)

/** The lines that a test names: `a9_a10_...`, `b_5_b_6_...`, or `A.7 ...`. */
function linesOf(name) {
  const [prefix] = /^(?:[ab]_?\d+_)*/.exec(name)
  const short = [...prefix.matchAll(/([ab])_?(\d+)_/g)].map(
    ([, letter, number]) => letter.toUpperCase() + number,
  )
  return [...short, ...[...name.matchAll(/\b([AB])\.(\d+)\b/g)].map(([, letter, number]) => letter + number)]
}

/** Rows of the table of lines: their number, and what stands in backticks in their last column. */
function rowsOf(letter) {
  const text = readFileSync(join(root, documents[letter]), 'utf8')
  const rows = text.split('\n').filter(line => line.startsWith(`| ${letter}.`))
  return rows.map(row => {
    const cells = row.split('|').slice(1, -1)
    const numbers = [...cells[0].matchAll(new RegExp(`\\b${letter}\\.(\\d+)`, 'g'))].map(([, number]) =>
      Number(number),
    )
    return { numbers, named: [...cells.at(-1).matchAll(/`([^`]+)`/g)].map(([, name]) => name), row }
  })
}

/** Whether something of that name is there: a file, a function, the words of a test; `...` stands for the rest of a name. */
function exists(name) {
  const start = name.replace(/ ?\.\.\.$/, '')
  if (/^[\w./-]+\.(rs|mjs|py|json)$/.test(name))
    return files.some(({ path }) => path === name || path.endsWith(`/${name}`) || basename(path) === name)
  if (name.endsWith('/') || /^tests\/\w+$/.test(name)) return files.some(({ path }) => path.startsWith(name))
  if (/^[a-z0-9_]+\*?$/.test(start)) {
    const word = start.replace('*', '')
    const found = functions.some(known => (start === name ? known === word : known.startsWith(word)))
    return found || files.some(({ text }) => text.includes(word))
  }
  return titles.some(title => title.startsWith(start))
}

for (const letter of Object.keys(LINES))
  describe(`the lines of section ${letter}`, () => {
    const all = Array.from({ length: LINES[letter] }, (_, index) => index + 1)

    test('each stands in the document', () => {
      const told = new Set(rowsOf(letter).flatMap(({ numbers }) => numbers))
      assert.deepEqual(
        [...told].sort((a, b) => a - b),
        all,
      )
    })

    test('each has a test that names it', () => {
      const named = new Set([...rustTests, ...titles].flatMap(linesOf))
      assert.deepEqual(
        all.filter(number => !named.has(`${letter}${number}`)),
        [],
      )
    })

    test('what the document names is there', () => {
      for (const { row, named } of rowsOf(letter)) {
        assert.ok(named.length > 0, row)
        assert.deepEqual(
          named.filter(name => !exists(name)),
          [],
          row,
        )
      }
    })
  })
