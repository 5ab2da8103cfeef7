// What the scripts say: one line per step, with its seconds.

export const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`

/**
 * Runs a step. It answers `'up to date'`-like text to say more than `done`. A step that streams its own output
 * gets its name on a line before it.
 *
 * @template T
 * @param {string} what
 * @param {() => Promise<string | void>} action
 * @param {{ streams?: boolean }} [options]
 */
export async function step(what, action, { streams = false } = {}) {
  const start = performance.now()
  process.stderr.write(streams ? `${what} ...\n` : `${what} ... `)
  try {
    const said = await action()
    const end = `${said ?? 'done'} (${seconds(performance.now() - start)})\n`
    process.stderr.write(streams ? `${what}: ${end}` : end)
  } catch (error) {
    process.stderr.write(`failed (${seconds(performance.now() - start)})\n`)
    throw error
  }
}

/** Runs a script's main function; a failure prints the failed program's output and one line, and exits 1. */
export async function main(action) {
  try {
    await action()
  } catch (error) {
    if (error.output) process.stderr.write(`${error.output.trimEnd()}\n`)
    process.stderr.write(`error: ${error.name === 'Error' || error.output ? error.message : error.stack}\n`)
    process.exitCode = 1
  }
}
