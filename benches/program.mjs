// A program that tells one line when it is ready, and runs until it is closed.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** @returns {Promise<{ line: string, close: () => void }>} */
export async function startProgram(program, args) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`${args[0]} ended with ${code}`)))
  })
  return { line, close: () => void child.kill() }
}
