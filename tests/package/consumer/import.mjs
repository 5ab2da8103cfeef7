// Importing does nothing: no request, no worker, no compilation, nothing that keeps Node alive.
for (const name of ['fetch', 'Worker', 'setTimeout', 'setInterval', 'setImmediate']) {
  globalThis[name] = () => {
    throw new Error(`the import called ${name}`)
  }
}
for (const name of [
  'compile',
  'instantiate',
  'compileStreaming',
  'instantiateStreaming',
  'Module',
  'Instance',
]) {
  WebAssembly[name] = function () {
    throw new Error(`the import called WebAssembly.${name}`)
  }
}
const exported = await import('pyramidion')
console.log(typeof exported.open)
