// Breaks one rule of Net at a time and checks that the simulation notices.
//
//   node tests/net_simulation/mutants.mjs            all mutants
//   node tests/net_simulation/mutants.mjs cache      those whose name contains the word
//
// Each mutant is one replacement in a copy of the crate under target/mutants. It must be found by the simulation;
// where a rule cannot show there (an optimisation, an exact figure), `by: 'tests'` says that the other tests of
// src/range and tests/net_orders must find it. A mutant that no longer applies is an error: mend its text.

import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const copy = join(root, 'target', 'mutants', 'crate')

const mutants = [
  {
    name: 'verdict: a part may start elsewhere',
    file: 'verdict',
    find: 'range.start != asked.start || ',
    put: '',
  },
  { name: 'verdict: a part may be longer', file: 'verdict', find: ' || range.end > asked.end', put: '' },
  {
    name: 'verdict: any unit of Content-Range',
    file: 'content_range',
    find: '!unit.eq_ignore_ascii_case("bytes")',
    put: 'false',
  },
  {
    name: 'verdict: encoded bodies are taken',
    file: 'verdict',
    find: 'Some(encoding) if encoding.eq_ignore_ascii_case("identity") => Ok(())',
    put: 'Some(_) if true => Ok(())',
  },
  {
    name: 'verdict: any 200 is taken whole',
    file: 'verdict',
    find: 'Some(bytes) if bytes > whole_bytes',
    put: 'Some(bytes) if bytes > u64::MAX - 1',
  },
  {
    name: 'verdict: a 200 without length has no bound',
    file: 'answers',
    find: 'let limit = self.options.whole_bytes;',
    put: 'let limit = u64::MAX;',
  },
  {
    name: 'verdict: a 200 is a part',
    file: 'verdict',
    find: '200 => whole(head, whole_bytes)',
    put: '200 => hidden_part(asked, head)',
  },
  {
    name: 'verdict: a 404 is tried again',
    file: 'verdict',
    find: '408 | 429 | 500',
    put: '404 | 408 | 429 | 500',
  },
  { name: 'verdict: a 503 is final', file: 'verdict', find: '502 | 503 | 504', put: '502 | 504' },
  {
    name: 'verdict: a 416 is an error',
    file: 'verdict',
    find: 'Some(total) if asked.start >= total => Ok(Verdict::PastEnd { total: Some(total) })',
    put: 'Some(total) if asked.start >= total => inside(total)',
  },
  {
    name: 'body: excess is not noticed',
    file: 'answers',
    find: '(received > allowed).then(|| broken(message))',
    put: '(received > u64::MAX - 1).then(|| broken(message))',
  },
  {
    name: 'body: excess is salvaged',
    file: 'setbacks',
    find: 'if course != Course::Never {\n            self.salvage(id);\n        }',
    put: 'self.salvage(id);',
  },
  {
    name: 'body: a cut body is complete',
    file: 'answers',
    find: 'if reached < due {',
    put: 'if reached + 1_000_000 < due {',
  },
  {
    name: 'body: a cut whole body is complete',
    file: 'answers',
    find: 'if received < length =>',
    put: 'if received + 1_000_000 < length =>',
  },
  {
    name: 'keep: one byte too early',
    file: 'answers',
    find: '(extent.end <= ahead.end).then_some',
    put: '(extent.end <= ahead.end + 1).then_some',
  },
  {
    name: 'hand out: parts one byte off',
    file: 'extents',
    find: 'ByteRange::new(bytes.start - start, bytes.end - start)',
    put: 'ByteRange::new((bytes.start - start).saturating_sub(1), bytes.end - start)',
  },
  {
    name: 'hand out: over a gap',
    file: 'extents',
    find: 'if start > at || !matches!',
    put: 'if !matches!',
    by: 'tests',
  },
  {
    name: 'hand out: only at the end of the request',
    file: 'answers',
    find: 'None if self.learn_reached(id) => self.keep_arrived(id),',
    put: 'None if self.learn_reached(id) && self.flights.get(&id).is_some_and(|flight| flight.reached() >= flight.asked.end) => self.keep_arrived(id),',
  },
  {
    name: 'hand out: twice',
    file: 'claims',
    find: 'want.handed_out = true;',
    put: 'want.handed_out = false;',
  },
  {
    name: 'change: validators are ignored',
    file: 'validators',
    find: '(Some(was), Some(now)) if was != now =>',
    put: '(Some(was), Some(now)) if was.len() == usize::MAX && now.len() == was.len() =>',
  },
  {
    name: 'change: Last-Modified is ignored',
    file: 'validators',
    find: '.or_else(|| differ("last-modified", facts.last_modified.clone(), head.last_modified.clone()))',
    put: '',
  },
  {
    name: 'change: the length is ignored',
    file: 'length',
    find: 'if bytes < self.at_least || bytes > self.at_most {',
    put: 'if false {',
  },
  {
    name: 'change: later reads go on',
    file: 'setbacks',
    find: 'source.dead = Some(error);',
    put: 'source.dead = None; drop(error);',
  },
  {
    name: 'change: pieces stay',
    file: 'setbacks',
    find: '            self.forget((id, start));',
    put: '            let _ = start;',
  },
  {
    name: 'close: requests go on',
    file: 'setbacks',
    find: 'for flight in self.flights_of(id) {\n            self.land(flight);\n        }',
    put: '',
  },
  {
    name: 'abort: stops what others want',
    file: 'sending',
    find: 'waiting.any(|(_, extent)| !extent.claims.is_empty()) || ',
    put: 'waiting.any(|_| false) || ',
  },
  {
    name: 'abort: never stops a request',
    file: 'sending',
    find: 'waiting.any(|(_, extent)| !extent.claims.is_empty()) || ',
    put: 'waiting.any(|_| true) || ',
  },
  {
    name: 'abort: stops what has brought everything',
    file: 'sending',
    find: ' || flight.has_all(source.length)',
    put: '',
  },
  {
    name: 'abort: queued holes stay as they are',
    file: 'claims',
    find: 'State::Queued(_) | State::Pausing(_) => self.trim(id, start),\n                State::InFlight(flight) if',
    put: 'State::Queued(_) | State::Pausing(_) => {}\n                State::InFlight(flight) if',
  },
  {
    name: 'abort: claims stay',
    file: 'claims',
    find: 'extent.claims.remove(at);',
    put: 'if matches!(extent.state, State::InFlight(_)) { continue; }\n            extent.claims.remove(at);',
  },
  {
    name: 'failure: everybody fails',
    file: 'setbacks',
    find: 'for reader in victims {',
    put: 'if course == Course::Never { victims.extend(self.sources.get(&flight.source).into_iter().flat_map(|source| source.readers.iter().copied())); }\n        for reader in victims {',
  },
  {
    name: 'failure: an extent stays behind',
    file: 'setbacks',
    find: 'let gone = source.extents.remove(start);',
    put: 'let gone = source.extents.get(start).cloned();',
  },
  {
    name: 'retry: one attempt too few',
    file: 'setbacks',
    find: 'flight.attempt >= self.attempts(source)',
    put: 'flight.attempt + 1 >= self.attempts(source)',
  },
  {
    name: 'retry: one attempt too many',
    file: 'setbacks',
    find: 'flight.attempt >= self.attempts(source)',
    put: 'flight.attempt > self.attempts(source)',
  },
  { name: 'retry: no pause', file: 'retry', find: '(full - chance).max', put: '0.max' },
  { name: 'retry: pauses do not grow', file: 'retry', find: 'tries.saturating_sub(1)', put: 'tries.min(0)' },
  {
    name: 'retry: Retry-After is not heard',
    file: 'retry',
    find: 'retry_after.unwrap_or(0)',
    put: 'retry_after.unwrap_or(0).min(0)',
    // The pause of the origin hides it: only that Net wakes in vain shows.
    by: 'tests',
  },
  {
    name: 'retry: Retry-After holds one stretch alone',
    file: 'setbacks',
    find: 'self.queues.pause(&source.lane, until);',
    put: 'let _ = until;',
  },
  {
    name: 'retry: a spent request pauses nobody',
    file: 'setbacks',
    find: 'if let Course::After(Some(wish)) = asked_for {',
    put: 'if let Course::After(Some(wish)) = course {',
  },
  {
    name: 'retry: an origin rests for ever',
    file: 'net',
    find: 'lanes.extend(self.queues.resume(self.now));',
    put: 'let _ = self.queues.resume(self.now);',
  },
  {
    name: 'retry: the end of a rest wakes nobody',
    file: 'net',
    find: 'timer.into_iter().chain(self.queues.next_resume()).min()',
    put: 'timer',
  },
  {
    name: 'retry: dates in Retry-After are not heard',
    file: 'retry',
    find: 'let until = http_date::parse(text)?;',
    put: 'let until = http_date::parse(text).filter(|_| false)?;',
  },
  {
    name: 'retry: everything again',
    file: 'setbacks',
    find: '|(start, _)| *start < reached',
    put: '|(start, _)| *start < reached && reached == 0',
  },
  {
    name: 'retry: for nobody',
    file: 'trim',
    find: 'if wanted == [whole] {',
    put: 'if wanted == [whole] || wanted.is_empty() {',
  },
  {
    name: 'retry: a good portion counts as an attempt',
    file: 'setbacks',
    find: 'flight.attempt.saturating_sub(1)',
    put: 'flight.attempt',
    by: 'tests',
  },
  { name: 'retry: takes fresh holes along', file: 'sending', find: ' && extent.tries == tries', put: '' },
  {
    name: 'silence: nobody notices',
    file: 'sending',
    find: 'self.timers.insert((due, Timer::Silence(id)));',
    put: '',
  },
  {
    name: 'silence: bytes are no sign of life',
    file: 'answers',
    find: '        self.hear(id);\n        match self.excess',
    put: '        match self.excess',
  },
  {
    name: 'requests: any waste',
    file: 'coalesce',
    find: '(wasted == 0 || (wasted as f64) < self.waste * useful as f64)',
    put: 'wasted < u64::MAX',
  },
  {
    name: 'requests: any gap',
    file: 'coalesce',
    find: 'if gap > rules.gap {',
    put: 'if gap > u64::MAX - 1 {',
  },
  {
    name: 'requests: any number over one connection',
    file: 'net',
    find: 'least.max(self.options.per_origin_multiplexed)',
    put: 'u32::MAX',
  },
  {
    name: 'priority: nobody asks for it',
    file: 'queue',
    find: 'priority: Reverse(priority)',
    put: 'priority: Reverse(priority & 0)',
  },
  {
    name: 'priority: the lowest goes first',
    file: 'queue',
    find: 'priority: Reverse(priority)',
    put: 'priority: Reverse(!priority)',
  },
  { name: 'priority: a change is not heard', file: 'net', find: 'self.rank_all(reader);', put: '' },
  {
    name: 'priority: stays when its reader has left',
    file: 'trim',
    find: 'return self.rank(id, start);',
    put: 'return;',
  },
  {
    name: 'priority: a second reader does not raise it',
    file: 'claims',
    find: '&& turn.priority() < priority',
    put: '&& turn.priority() < priority.min(i32::MIN)',
  },
  { name: 'requests: any size', file: 'coalesce', find: 'span.len() <= self.bytes && ', put: '' },
  {
    name: 'requests: never merged',
    file: 'coalesce',
    find: 'if rules.allow(span, useful) {',
    put: 'if rules.allow(span, useful) && span.len() == 0 {',
    by: 'tests',
  },
  { name: 'requests: past a known end', file: 'source', find: 'self.length.clip(range)', put: 'range' },
  {
    name: 'requests: pages pass the end',
    file: 'extents',
    find: 'map_or(limit, |(start, _)| (*start).min(limit))',
    put: 'map_or(u64::MAX, |(start, _)| (*start).min(u64::MAX - limit % 2))',
  },
  {
    name: 'requests: pages pass their neighbours',
    file: 'extents',
    find: 'page.start.max(floor)',
    put: 'page.start.max(floor.min(0))',
  },
  {
    name: 'requests: pages are not rounded',
    file: 'source',
    find: 'rounded.then_some(page_bytes)',
    put: 'rounded.then_some(1.min(page_bytes))',
    by: 'tests',
  },
  {
    name: 'requests: one too many per origin',
    file: 'queue',
    find: 'queue.under_way < limit.max(1)',
    put: 'queue.under_way <= limit.max(1)',
  },
  {
    name: 'requests: a place is lost with each failure',
    file: 'sending',
    find: 'self.queues.arrive(&source.lane);',
    put: 'if flight.ended { self.queues.arrive(&source.lane); }',
  },
  {
    name: 'requests: last come, first served',
    file: 'queue',
    find: 'queue.waiting.first_key_value()',
    put: 'queue.waiting.iter().next_back()',
  },
  { name: 'whole: other requests go on', file: 'answers', find: 'self.land(other);', put: 'let _ = other;' },
  {
    name: 'whole: new reads ask again',
    file: 'claims',
    find: 'Some(flight) => State::InFlight(flight),',
    put: 'Some(_) => State::Queued(self.queues.push(&source.lane, priority, (id, hole.start))),',
  },
  {
    name: 'whole: old pieces stay',
    file: 'answers',
    find: '            self.forget((id, start));',
    put: '            let _ = start;',
  },
  {
    name: 'cache: nothing is evicted',
    file: 'cache',
    find: 'if wanted <= self.stats.limit { None }',
    put: 'if wanted <= u64::MAX { None }',
  },
  {
    name: 'cache: the youngest goes first',
    file: 'cache',
    find: 'self.idle.values().next().copied()',
    put: 'self.idle.values().next_back().copied()',
  },
  {
    name: 'cache: everything is evicted at once',
    file: 'cache',
    find: 'if wanted <= self.stats.limit { None }',
    put: 'if wanted == 0 { None }',
  },
  {
    name: 'cache: pinned pieces may go',
    file: 'claims',
    find: 'self.cache.pin(age, extent.end - start);\n                extent.state = State::Kept(piece, None);',
    put: 'let _ = (piece, age);',
  },
  {
    name: 'cache: pieces stay pinned',
    file: 'claims',
    find: 'State::Kept(..) if extent.claims.is_empty() => self.let_go(id, start),',
    put: 'State::Kept(..) if extent.claims.is_empty() => {}',
  },
  {
    name: 'cache: sources without one keep theirs',
    file: 'claims',
    find: 'if !source.cached {\n            return self.forget((id, start));\n        }',
    put: '',
  },
  {
    name: 'cache: idle pieces need no room',
    file: 'cache',
    find: 'self.stats.pinned.saturating_add(cost(bytes)) <= self.stats.limit',
    put: 'self.stats.pinned < u64::MAX',
    by: 'tests',
  },
  {
    name: 'facts: a second head counts',
    file: 'answers',
    find: 'matches!(flight.answer, Answer::Awaited)) {\n            return;',
    put: 'true) {\n            return;',
  },
  {
    name: 'facts: bodies may shrink',
    file: 'answers',
    find: 'received.checked_sub(flight.received).filter(|fresh| *fresh > 0)',
    put: 'Some(received.saturating_sub(flight.received))',
  },
  {
    name: 'end of file: a short answer without Content-Range is asked on',
    file: 'answers',
    find: 'self.end_part(id, part.hidden && reached < expected)',
    put: 'self.end_part(id, false)',
  },
  {
    name: 'end of file: a portion is the end',
    file: 'answers',
    find: 'self.end_part(id, part.hidden && reached < expected)',
    put: 'self.end_part(id, reached < expected)',
  },
  {
    name: 'statistics: nobody pays for retries',
    file: 'sending',
    find: 'reader.stats.requests += 1;',
    put: 'reader.stats.requests += u64::from(tries == 0);',
  },
]

/** The first build takes as long as it takes; a mutant that hangs does not. */
function run(args, timeout = 300_000) {
  const env = {
    ...process.env,
    CARGO_TARGET_DIR: join(root, 'target', 'mutants', 'build'),
    RUST_BACKTRACE: '0',
    CARGO_PROFILE_TEST_DEBUG: '0',
  }
  env.PYRAMIDION_SEEDS ??= '20000'
  const result = spawnSync('cargo', ['test', '--quiet', ...args], {
    cwd: copy,
    env,
    encoding: 'utf8',
    timeout,
  })
  const output = `${result.stdout}${result.stderr}`
  return { passed: result.status === 0, built: !/could not compile|error\[E/.test(output), output }
}

function why(output) {
  const line =
    output.match(/panicked at [^\n]*\n([^\n]*)/) ?? output.match(/(signal|overflow|timed out)[^\n]*/)
  return (line?.[1] ?? 'did not end').slice(0, 100)
}

function judge(mutant) {
  const path = join(copy, 'src', 'range', `${mutant.file}.rs`)
  const text = readFileSync(path, 'utf8')
  if (text.split(mutant.find).length !== 2) return 'DOES NOT APPLY'
  writeFileSync(
    path,
    text.replace(mutant.find, () => mutant.put),
  )
  try {
    const simulation = run(['--test', 'net_simulation'])
    if (!simulation.built) return `DOES NOT COMPILE\n${simulation.output}`
    if (!simulation.passed) return `found: ${why(simulation.output)}`
    const tests = run(['--lib', '--test', 'net_orders'])
    if (tests.passed) return 'SURVIVED'
    return mutant.by === 'tests' ? `found by tests: ${why(tests.output)}` : 'SURVIVED THE SIMULATION'
  } finally {
    writeFileSync(path, text)
  }
}

rmSync(copy, { recursive: true, force: true })
mkdirSync(copy, { recursive: true })
for (const part of [
  'Cargo.toml',
  'Cargo.lock',
  'clippy.toml',
  'src',
  'benches/blocks.rs',
  'tests/net_simulation',
  'tests/net_orders',
]) {
  cpSync(join(root, part), join(copy, part), { recursive: true })
}
const sound = run(['--lib', '--test', 'net_simulation', '--test', 'net_orders'], 0)
if (!sound.passed) throw new Error(`the tests fail without any mutant:\n${sound.output}`)

const word = process.argv[2] ?? ''
const chosen = mutants.filter(mutant => mutant.name.includes(word))
let bad = 0
for (const mutant of chosen) {
  const verdict = judge(mutant)
  if (!verdict.startsWith('found')) bad += 1
  console.log(`${mutant.name.padEnd(52)} ${verdict}`)
}
console.log(`${chosen.length - bad} of ${chosen.length} mutants found`)
process.exit(bad === 0 && chosen.length > 0 ? 0 : 1)
