// npm run test:clean: what a newcomer has. Clones HEAD into an empty folder, with no tools and no packages installed,
// and runs both commands there.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { root } from './paths.mjs'
import { main, say, seconds } from './report.mjs'
import { run } from './run.mjs'

await main(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pyramidion-clean-'))
  const clone = join(folder, 'clone')
  try {
    await warnOfChanges()
    await run('git', ['clone', '--quiet', '--no-hardlinks', root, clone])
    const demo = await timed('npm run demo', clone, ['run', 'demo'])
    const test = await timed('npm test', clone, ['test'])
    say(`a fresh clone: npm run demo ${seconds(demo)}, npm test ${seconds(test)}\n`)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

async function warnOfChanges() {
  const { stdout } = await run('git', ['status', '--porcelain'])
  if (stdout !== '') say('note: the clone has the last commit, without the changes since:\n' + stdout)
}

async function timed(what, cwd, args) {
  say(`${what} in ${cwd}\n`)
  const start = performance.now()
  await inherit('npm', args, cwd)
  return performance.now() - start
}

/** With everything on the terminal, and nothing of this run in the environment. */
function inherit(program, args, cwd) {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|CARGO_TARGET_DIR$|PYRAMIDION_)/i.test(name),
  )
  const env = Object.fromEntries(kept)
  // Neither this project's own tools nor ones that lie elsewhere: the clone installs its own.
  const tools = /(^|[\\/])(node_modules[\\/]\.bin|target[\\/]tools[\\/].*|tools[\\/]cargo[\\/]bin)$/
  env.PATH = env.PATH.split(delimiter)
    .filter(part => !tools.test(part))
    .join(delimiter)
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', reject)
    child.on('close', code => {
      if (code === 0) resolve()
      else reject(new Error(`${program} ${args.join(' ')} in a fresh clone: exit status ${code}`))
    })
  })
}
