// Unit, integration and documentation tests on this machine.
import { run } from '../run.mjs'
import { findCargo } from '../tools/rust.mjs'
import { cargoCounts, remark } from './counts.mjs'

export const setUp = findCargo

export async function check() {
  const { output } = await run('cargo', ['test', '--no-fail-fast'])
  const { passed, ignored } = cargoCounts(output)
  if (ignored > 0) throw Object.assign(new Error(`${ignored} tests were ignored, expected none`), { output })
  return remark(passed)
}
