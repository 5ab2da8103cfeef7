// npm test: everything, in named stages. `--list` names them, `--only STAGE[,STAGE]` runs some, `--verbose` shows what
// each one prints.
import { parseArgs } from 'node:util'
import { ensureBuilt } from './build.mjs'
import { describe, main, quietly, say, seconds } from './report.mjs'

const names = [
  ...[
    'format',
    'lint',
    'native',
    'wasm32',
    'browser',
    'build',
    'size',
    'node',
    'page',
    'firefox',
    'servers',
    'package',
  ],
]

await main(async () => {
  const { values } = parseArgs({
    options: { only: { type: 'string' }, list: { type: 'boolean' }, verbose: { type: 'boolean' } },
  })
  if (values.list) return void process.stdout.write(`${names.join('\n')}\n`)
  const stages = await load(values.only)
  await setUp(stages)
  const results = []
  for (const stage of stages) results.push(await runStage(stage, results, values.verbose))
  summarise(results)
})

async function load(only) {
  const wanted = only?.split(',') ?? names
  const unknown = wanted.filter(name => !names.includes(name))
  if (unknown.length > 0)
    throw new Error(`no stage ${unknown.join(', ')}, expected some of ${names.join(', ')}`)
  const chosen = names.filter(name => wanted.includes(name))
  return Promise.all(chosen.map(async name => ({ name, ...(await import(`./stages/${name}.mjs`)) })))
}

/** Before any stage, so that a missing browser is known in the first minute and not in the tenth. */
async function setUp(stages) {
  for (const stage of stages) stage.tools = await stage.setUp()
  // A stage that tests the package has it built first, also where the stage `build` was not asked for.
  if (stages.some(stage => stage.needsPackage) && !stages.some(stage => stage.name === 'build'))
    await ensureBuilt()
}

async function runStage(stage, before, verbose) {
  const start = performance.now()
  const title = `stage ${stage.name} ... `
  const ticker = showTime(title, start)
  if (verbose) say(`${title}\n`)
  else process.stdout.write(title)
  const action = () => {
    if (stage.needsPackage && before.some(({ name, error }) => name === 'build' && error)) {
      throw new Error('not run, because the package was not built')
    }
    return stage.check(stage.tools)
  }
  const { value, error, said } = verbose ? await loudly(action) : await quietly(action)
  clearInterval(ticker)
  const time = performance.now() - start
  if (verbose) process.stdout.write(title)
  process.stdout.write(`${error ? 'FAILED' : 'ok'} (${seconds(time)})\n`)
  if (error) process.stdout.write(`${said ?? ''}${describe(error)}`)
  return { name: stage.name, time, error, remark: value ?? '' }
}

async function loudly(action) {
  try {
    return { value: await action() }
  } catch (error) {
    return { error }
  }
}

/** On a terminal, the seconds of the stage that is running. */
function showTime(title, start) {
  if (!process.stdout.isTTY) return undefined
  const show = () => process.stdout.write(`\r${title}${seconds(performance.now() - start)}\r${title}`)
  return setInterval(show, 1000)
}

function summarise(results) {
  const total = results.reduce((sum, { time }) => sum + time, 0)
  const row = (name, verdict, time, remark) =>
    `${name.padEnd(9)} ${verdict.padEnd(7)} ${seconds(time).padStart(8)}  ${remark}`.trimEnd()
  const rows = results.map(({ name, error, time, remark }) =>
    row(name, error ? 'FAILED' : 'ok', time, remark),
  )
  const failed = results.filter(({ error }) => error).length
  process.stdout.write(`\n${rows.join('\n')}\n${row('total', '', total, '')}\n\n`)
  process.stdout.write(`${results.length - failed} passed, ${failed} failed\n`)
  if (failed > 0) process.exitCode = 1
}
