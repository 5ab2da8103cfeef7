// wasm-bindgen's glue keeps its instance in variables of its module. Here it becomes a function, so that importing it
// does nothing, and tests may have instances of their own.

/** @param {string} glue as wasm-bindgen writes it for `--target web` */
export async function coreGlue(glue) {
  const names = []
  const body = glue
    .replace(/^export (class|function|async function) (\w+)/gm, (_, kind, name) => {
      names.push(name)
      return `${kind} ${name}`
    })
    .replace(/^export \{ initSync, __wbg_init as default \};$/m, '')
  const left = body.match(/^(import|export)\b.*$/m)
  if (left) throw new Error(`wasm-bindgen's glue has a line that was not expected: ${left[0]}`)
  const factory = `export function createCore() {\n${body}\n${init}\nreturn { init, ${names.join(', ')} };\n}\n`
  // Not above: in a fresh clone it is installed after this file was loaded.
  const { transform } = await import('esbuild')
  const { code } = await transform(factory, { minify: true, target: 'es2022', legalComments: 'none' })
  return code
}

// The one of wasm-bindgen asks whether it was given a Request or a Response: in Node the mere question loads all of
// fetch, which takes longer than everything else that opening a file does.
const init = `
async function init({ module_or_path: module }) {
  return __wbg_finalize_init(await WebAssembly.instantiate(module, __wbg_get_imports()), module)
}`
