// Runs a program to its end. Quiet by default: the output is kept, and travels with the error.
import { spawn } from 'node:child_process'
import { root } from './paths.mjs'
import { say } from './report.mjs'

export class CommandFailed extends Error {
  constructor(command, status, output) {
    super(`${command}: ${status}`)
    this.name = 'CommandFailed'
    this.output = output
  }
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined>, stream?: boolean, timeout?: number }} [options]
 *   stream: also show the output as it comes, for long steps; timeout: milliseconds after which it is ended, and has failed
 * @returns {Promise<{ stdout: string, output: string }>} output: stdout and stderr as they came
 */
export function run(program, args, { cwd = root, env, stream = false, timeout } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout,
    })
    const all = []
    const out = []
    child.stdout.on('data', chunk => {
      all.push(chunk)
      out.push(chunk)
      if (stream) say(chunk)
    })
    child.stderr.on('data', chunk => {
      all.push(chunk)
      if (stream) say(chunk)
    })
    const line = [program, ...args].join(' ')
    child.on('error', error => reject(new CommandFailed(line, error.message, '')))
    child.on('close', (code, signal) => {
      const output = Buffer.concat(all).toString()
      if (code === 0) resolve({ stdout: Buffer.concat(out).toString(), output })
      else reject(new CommandFailed(line, signal ? `killed by ${signal}` : `exit status ${code}`, output))
    })
  })
}

/** Runs npm, by the very npm that started us where there is one. */
export function npm(args, options = {}) {
  const env = { ...options.env, npm_config_update_notifier: 'false' }
  const script = process.env.npm_execpath
  if (script?.endsWith('.js')) return run(process.execPath, [script, ...args], { ...options, env })
  return run('npm', args, { ...options, env })
}
