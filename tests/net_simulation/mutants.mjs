// Breaks one rule of Net at a time and checks that the simulation notices.
//
//   node tests/net_simulation/mutants.mjs            all mutants
//   node tests/net_simulation/mutants.mjs cache      those whose name contains the word
//
// Each mutant is one replacement in a copy of the crate under target/mutants. It must be found by the simulation;
// where a rule cannot show there (an optimisation, an exact figure), `by: 'tests'` says that the other tests of
// src/range and tests/net_orders must find it. A mutant that no longer applies is an error: mend its text.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mutants } from './mutations.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const copy = join(root, 'target', 'mutants', 'crate')

/** The first build takes as long as it takes; a mutant that hangs does not. */
function run(args, timeout = 300_000) {
  const env = {
    ...process.env,
    CARGO_TARGET_DIR: join(root, 'target', 'mutants', 'build'),
    RUST_BACKTRACE: '0',
    CARGO_PROFILE_TEST_DEBUG: '0',
  }
  env.PYRAMIDION_SEEDS ??= '20000'
  const result = spawnSync('cargo', ['test', '--quiet', ...args], {
    cwd: copy,
    env,
    encoding: 'utf8',
    timeout,
  })
  const output = `${result.stdout}${result.stderr}`
  return { passed: result.status === 0, built: !/could not compile|error\[E/.test(output), output }
}

function why(output) {
  const line =
    output.match(/panicked at [^\n]*\n([^\n]*)/) ?? output.match(/(signal|overflow|timed out)[^\n]*/)
  return (line?.[1] ?? 'did not end').slice(0, 100)
}

function judge(mutant) {
  const path = join(copy, 'src', 'range', `${mutant.file}.rs`)
  const text = readFileSync(path, 'utf8')
  if (text.split(mutant.find).length !== 2) return 'DOES NOT APPLY'
  writeFileSync(
    path,
    text.replace(mutant.find, () => mutant.put),
  )
  try {
    const simulation = run(['--test', 'net_simulation'])
    if (!simulation.built) return `DOES NOT COMPILE\n${simulation.output}`
    if (!simulation.passed) return `found: ${why(simulation.output)}`
    const tests = run(['--lib', '--test', 'net_orders'])
    if (tests.passed) return 'SURVIVED'
    return mutant.by === 'tests' ? `found by tests: ${why(tests.output)}` : 'SURVIVED THE SIMULATION'
  } finally {
    writeFileSync(path, text)
  }
}

rmSync(copy, { recursive: true, force: true })
mkdirSync(copy, { recursive: true })
for (const part of [
  'Cargo.toml',
  'Cargo.lock',
  'clippy.toml',
  'src',
  'benches/blocks.rs',
  'tests/net_simulation',
  'tests/net_orders',
]) {
  cpSync(join(root, part), join(copy, part), { recursive: true })
}
const sound = run(['--lib', '--test', 'net_simulation', '--test', 'net_orders'], 0)
if (!sound.passed) throw new Error(`the tests fail without any mutant:\n${sound.output}`)

const word = process.argv[2] ?? ''
const chosen = mutants.filter(mutant => mutant.name.includes(word))
let bad = 0
for (const mutant of chosen) {
  const verdict = judge(mutant)
  if (!verdict.startsWith('found')) bad += 1
  console.log(`${mutant.name.padEnd(52)} ${verdict}`)
}
console.log(`${chosen.length - bad} of ${chosen.length} mutants found`)
process.exit(bad === 0 && chosen.length > 0 ? 0 : 1)
