// The same through require(), which takes ES modules from Node 20.19 on.
const { open } = require('pyramidion')

async function main([url, window]) {
  const raster = await open(url)
  const levels = await raster.levels()
  const level = levels.length - 1
  const { data, dtype, width, height } = await raster.read({ level, window: window.split(',').map(Number) })
  raster.close()
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
  const listed = levels.map(({ width, height, file }) => ({ width, height, file }))
  console.log(JSON.stringify({ levels: listed, dtype, width, height, bytes }))
}

main(process.argv.slice(2))
