// How many tests a run counted, read from what it printed. A run of no test at all has failed.

/** @param {string} output of `cargo test` @returns {{ passed: number, ignored: number }} */
export function cargoCounts(output) {
  const results = [...output.matchAll(/test result: ok\. (\d+) passed; \d+ failed; (\d+) ignored/g)]
  const sum = index => results.reduce((total, result) => total + Number(result[index]), 0)
  return { passed: sum(1), ignored: sum(2) }
}

/** @param {string} output of `node --test` with the spec reporter */
export function nodeCounts(output) {
  const count = name => Number(output.match(new RegExp(`^ℹ ${name} (\\d+)$`, 'm'))?.[1] ?? 0)
  return { passed: count('pass'), skipped: count('skipped') + count('todo') }
}

/** The stage's remark, `12 tests`; throws where nothing ran. */
export function remark(passed, extra = '') {
  if (passed === 0) throw new Error('no test ran, expected at least one')
  return `${passed} tests${extra}`
}
