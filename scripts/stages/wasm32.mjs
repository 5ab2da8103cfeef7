// The same tests where usize has 32 bits, under Node's WASI.
import { run } from '../run.mjs'
import { ensureTarget, findCargo } from '../tools/rust.mjs'
import { cargoCounts, remark } from './counts.mjs'

const target = 'wasm32-wasip1'

export async function setUp() {
  await findCargo()
  await ensureTarget(target)
}

export async function check() {
  // Relative, because cargo splits the runner at spaces; cargo starts it in the crate's folder.
  const env = { CARGO_TARGET_WASM32_WASIP1_RUNNER: 'node --no-warnings scripts/wasi-runner.mjs' }
  const { output } = await run('cargo', ['test', '--tests', '--no-fail-fast', '--target', target], { env })
  const { passed, ignored } = cargoCounts(output)
  // Tests of a panic cannot run where a panic ends the program; the harness says `ignored` of them.
  return remark(passed, ignored > 0 ? `, ${ignored} that panic left out` : '')
}
