#!/usr/bin/env node
/** The program: its arguments, streams and exit code. Everything else is in `cli/`. */

import { readFile } from 'node:fs/promises'

import { main } from './cli/main.js'
import { configure, open } from './index.node.js'

// A reader that has seen enough (`| head`) closes the pipe: no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 1)
})

process.exitCode = await main(process.argv.slice(2), {
  open,
  configure,
  stdout: process.stdout,
  stderr: process.stderr,
  version: async () => {
    const manifest = JSON.parse(await readFile(new URL('./package.json', import.meta.url), 'utf8')) as {
      version: string
    }
    return manifest.version
  },
})
