// Runs test files under node's own test runner.
import { relative } from 'node:path'
import { join } from 'node:path'
import { root } from '../paths.mjs'
import { run } from '../run.mjs'
import { filesBelow } from '../stamp.mjs'
import { nodeCounts, remark } from './counts.mjs'

/**
 * @param {string[]} folders below the root; each must hold a `*.test.mjs`
 * @param {Record<string, string>} [env]
 * @returns {Promise<string>} how many tests passed
 */
export async function runNodeTests(folders, env = {}) {
  const files = []
  for (const folder of folders) {
    const found = (await filesBelow(join(root, folder))).filter(file => file.endsWith('.test.mjs'))
    if (found.length === 0) throw new Error(`${folder} has no *.test.mjs, expected at least one`)
    files.push(...found.map(file => relative(root, file)))
  }
  // NODE_TEST_CONTEXT would turn the report into another format where this script itself runs under a test runner.
  const options = {
    env: { ...env, NODE_TEST_CONTEXT: undefined, FORCE_COLOR: undefined },
    timeout: 10 * 60_000,
  }
  const { output } = await run(process.execPath, ['--test', '--test-reporter=spec', ...files], options)
  const { passed, skipped } = nodeCounts(output)
  if (skipped > 0) throw Object.assign(new Error(`${skipped} tests were skipped, expected none`), { output })
  return remark(passed)
}
