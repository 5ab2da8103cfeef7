// Verdicts as the tables of docs/COMPATIBILITY.md.

const LAYOUTS = [
  ['strips, pixel-interleaved', row => !row.tiled && row.planar === 1 && row.bands > 1],
  ['strips, one band', row => !row.tiled && row.bands === 1],
  ['strips, separate planes', row => !row.tiled && row.planar === 2 && row.bands > 1],
  ['tiles, pixel-interleaved', row => row.tiled && row.planar === 1 && row.bands > 1],
  ['tiles, one band', row => row.tiled && row.bands === 1],
  ['tiles, separate planes', row => row.tiled && row.planar === 2 && row.bands > 1],
  ['little endian', row => row.byteOrder === 'little'],
  ['big endian', row => row.byteOrder === 'big'],
  ['BigTIFF', row => row.bigTiff],
  ['predictor 2', row => row.predictor === 2],
  ['predictor 3', row => row.predictor === 3],
]

/** @param {{ name: string, about: object, ours: string, theirs: string }[]} rows */
export function document(rows, { peer }) {
  const readable = rows.filter(({ about }) => !about.refused)
  const refused = rows.filter(({ about }) => about.refused)
  return `# What is read, and how that is known

Made by \`npm run compatibility\`; a test compares. Each fixture's full-size image (\`tests/fixtures\`) goes through
pyramidion and through geotiff.js ${peer} in one run, and is compared with the pixels that GDAL reads of it (value by value; lossy
compressions within the tolerance that the fixture states). A cell is: pyramidion right, geotiff.js right, of how many.
Where not all are right, the rest was refused with an error, or read **wrong**: other pixels, and no error.

## In all

${totals(readable)}

## Layout and compression

${matrix(
  readable,
  LAYOUTS.map(([name, test]) => [name, row => test(row.about)]),
)}

## Samples and compression

${matrix(
  readable,
  distinct(readable, 'dtype').map(dtype => [dtype, row => row.about.dtype === dtype]),
)}

\`uint8\` holds 1- to 7-bit samples too, \`uint16\` 9- to 15-bit ones, \`float32\` float16.

## Files that must be refused

Other formats, damaged blocks, hostile structures: ${refused.length} files. An error is the right answer.

| reader | refused | read |
|---|---|---|
${['ours', 'theirs']
  .map(reader => {
    const count = verdict => refused.filter(row => row[reader] === verdict).length
    return `| ${reader === 'ours' ? 'pyramidion' : 'geotiff.js'} | ${count('refused')} | ${count('read')} |`
  })
  .join('\n')}

## Read wrong

${wrong(readable)}
`
}

function totals(rows) {
  const line = (name, reader) => {
    const count = verdict => rows.filter(row => row[reader] === verdict).length
    return `| ${name} | ${count('equal')} | ${count('wrong')} | ${count('refused')} |`
  }
  return `${rows.length} files that GDAL reads.

| reader | right | wrong | refused |
|---|---|---|---|
${line('pyramidion', 'ours')}
${line('geotiff.js', 'theirs')}`
}

function matrix(rows, kinds) {
  const compressions = distinct(rows, 'compression')
  const cell = cases => {
    if (cases.length === 0) return ''
    const right = reader => cases.filter(row => row[reader] === 'equal').length
    const wrong = reader => cases.some(row => row[reader] === 'wrong')
    const one = reader => (wrong(reader) ? `**${right(reader)}**` : `${right(reader)}`)
    return `${one('ours')}, ${one('theirs')} of ${cases.length}`
  }
  const line = ([name, test]) => {
    const kind = rows.filter(test)
    const cells = compressions.map(compression =>
      cell(kind.filter(row => row.about.compression === compression)),
    )
    return `| ${[name, ...cells].join(' | ')} |`
  }
  const head = `| | ${compressions.join(' | ')} |\n|---|${compressions.map(() => '---|').join('')}`
  return `${head}\n${kinds.map(line).join('\n')}\n\nBold: some of the rest were read wrong.`
}

/** By name: whoever doubts it can look at the file. */
function wrong(rows) {
  const names = reader => rows.filter(row => row[reader] === 'wrong').map(({ name }) => `\`${name}\``)
  const [ours, theirs] = [names('ours'), names('theirs')]
  return `pyramidion: ${ours.join(', ') || 'none'}.\n\ngeotiff.js, ${theirs.length}: ${theirs.join(', ')}.`
}

function distinct(rows, field) {
  return [...new Set(rows.map(({ about }) => about[field]))].sort()
}
