// One peer in a process of its own, asked by messages: { window, ... } one at a time, answered with figures.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/**
 * Starts a program that answers each line of JSON with one.
 *
 * @param {string} program
 * @param {string[]} args
 */
export function startChild(program, args) {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  const waiting = []
  let ended
  const end = why => {
    ended ??= why
    for (const { reject } of waiting.splice(0)) reject(ended)
  }
  lines.on('line', line => waiting.shift()?.resolve(JSON.parse(line)))
  child.on('error', end)
  child.on('exit', code => end(new Error(`${program} ${args[0]} ended with ${code}`)))
  return {
    ask: question =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended)
        waiting.push({ resolve, reject })
        child.stdin.write(`${JSON.stringify(question)}\n`)
      }),
    close: () => void child.kill(),
  }
}

/** One program run for one question. */
export async function askOnce(program, args, question) {
  const child = startChild(program, args)
  try {
    return await child.ask(question)
  } finally {
    child.close()
  }
}

/** Answers the lines on standard input by `answer`, errors as { error }. */
export async function serveLines(answer) {
  for await (const line of createInterface({ input: process.stdin })) {
    const reply = await answer(JSON.parse(line)).catch(error => ({ error: String(error?.message ?? error) }))
    process.stdout.write(`${JSON.stringify(reply)}\n`)
  }
  process.exit()
}
