// A real nginx over the fixtures, one folder of its site for each way of setting it up.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ALLOW = "add_header Access-Control-Allow-Origin '*' always;"
const EXPOSE =
  "add_header Access-Control-Expose-Headers 'Content-Range, Content-Length, ETag, Accept-Ranges' always;"

/** What a folder has beside `alias`; docs/SERVERS.md recommends the first. */
const FOLDERS = {
  sound: `${ALLOW} ${EXPOSE}`,
  'no-ranges': `${ALLOW} ${EXPOSE} max_ranges 0;`,
  gzip: `${ALLOW} ${EXPOSE} gzip on; gzip_types *; gzip_min_length 1; gzip_proxied any; gzip_http_version 1.0;`,
  hidden: ALLOW,
  bare: '',
  application: `${ALLOW} ${EXPOSE} error_page 404 =200 /application.html;`,
}

const configuration = (folder, port, root) => `
daemon off;
master_process off;
pid ${folder}/pid;
error_log ${folder}/error.log;
events {}
http {
  access_log off;
  types { image/tiff tif ovr; text/html html; }
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(kind => `${kind}_temp_path ${folder}/${kind};`).join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    ${Object.entries(FOLDERS)
      .map(([name, directives]) => `location /${name}/ { alias ${root}/; ${directives} }`)
      .join('\n    ')}
    location = /application.html { ${ALLOW} return 200 '<!doctype html><title>Map of nothing</title>'; }
  }
}
`

/**
 * @param {string} root folder of files
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function startNginx(root) {
  const program = process.env.PYRAMIDION_NGINX
  if (!program) throw new Error('run by `npm test -- --only servers`, which finds nginx first')
  const folder = await mkdtemp(join(tmpdir(), 'nginx-'))
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  await writeFile(file, configuration(folder, port, root))
  const child = spawn(program, ['-p', folder, '-c', file, '-e', join(folder, 'error.log')], { stdio: 'pipe' })
  let said = ''
  child.stderr.on('data', data => (said += data))
  const exited = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  const close = async () => {
    child.kill()
    await exited
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await answered(`${url}/application.html`, () => child.exitCode !== null && `nginx has ended: ${said}`)
  } catch (error) {
    await close()
    throw error
  }
  return { url, close }
}

async function answered(url, ended) {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (ended()) throw new Error(ended())
    if (
      await fetch(url).then(
        response => response.text(),
        () => null,
      )
    )
      return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`${url} does not answer`)
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise(resolve => server.close(resolve))
  return port
}
