// What the scripts say: one line per step, with its seconds.

export const seconds = milliseconds => `${(milliseconds / 1000).toFixed(1)} s`

let sink = text => process.stderr.write(text)

/** Says something to the user: on stderr, since a script's result may go to stdout. */
export const say = text => void sink(text)

/**
 * Keeps what is said during an action, for the case that it fails.
 *
 * @template T
 * @param {() => Promise<T>} action
 * @returns {Promise<{ value: T } | { error: Error, said: string }>}
 */
export async function quietly(action) {
  const before = sink
  let said = ''
  sink = text => (said += text)
  try {
    return { value: await action() }
  } catch (error) {
    return { error, said }
  } finally {
    sink = before
  }
}

/**
 * Runs a step. It may answer what to say instead of `done`. A step that streams its own output gets its name on a
 * line before it.
 *
 * @param {string} what
 * @param {() => Promise<string | void>} action
 * @param {{ streams?: boolean }} [options]
 */
export async function step(what, action, { streams = false } = {}) {
  const start = performance.now()
  say(streams ? `${what} ...\n` : `${what} ... `)
  try {
    const result = await action()
    const end = `${result ?? 'done'} (${seconds(performance.now() - start)})\n`
    say(streams ? `${what}: ${end}` : end)
  } catch (error) {
    say(`failed (${seconds(performance.now() - start)})\n`)
    throw error
  }
}

/** What is to be read of an error: the failed program's output where there is one, then one line. */
export function describe(error) {
  const output = error.output ? `${error.output.trimEnd()}\n` : ''
  const own = error.output === undefined && error.name !== 'Error'
  return `${output}error: ${own ? error.stack : error.message}\n`
}

/** Runs a script's main function; a failure is described, and the exit code is 1. */
export async function main(action) {
  try {
    await action()
  } catch (error) {
    say(describe(error))
    process.exitCode = 1
  }
}
