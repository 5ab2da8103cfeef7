// B.14 over TLS: the connection goes to the address that was checked, and the certificate must be the name's.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeCertificate } from '../server/certificate.mjs'

const run = promisify(execFile)
const script = fileURLToPath(new URL('public-hosts-tls.mjs', import.meta.url))

describe('B.14 public hosts over TLS', () => {
  let server, folder, authority
  const [names, hosts, peers] = [[], [], new Set()]

  before(async () => {
    const certificate = makeCertificate('files.example')
    folder = await mkdtemp(join(tmpdir(), 'pyramidion-tls-'))
    authority = join(folder, 'authority.pem')
    await writeFile(authority, certificate.cert)
    server = createServer(certificate, (request, response) => {
      names.push(request.socket.servername)
      hosts.push(request.headers.host)
      peers.add(request.socket.localAddress)
      response.end('sound')
    })
    await new Promise(listening => server.listen(0, '127.0.0.2', listening))
  })

  after(async () => {
    server.closeAllConnections()
    await new Promise(closed => server.close(closed))
    await rm(folder, { recursive: true })
  })

  async function ask(host, trusted = authority) {
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: trusted }
    const { port } = server.address()
    const { stdout } = await run(process.execPath, [script, `https://${host}:${port}/a.tif`], { env })
    return JSON.parse(stdout)
  }

  test("B.14 the address is pinned; server name, Host and certificate stay the host's", async () => {
    const { answers, resolved, ...rest } = await ask('files.example')
    assert.deepEqual(rest, {})
    assert.deepEqual(answers, ['sound', 'sound', 'sound'])
    assert.equal(resolved, 1, 'one connection, kept: one look-up')
    assert.deepEqual(names, ['files.example', 'files.example', 'files.example'])
    assert.ok(hosts.every(host => host === `files.example:${server.address().port}`))
    assert.deepEqual([...peers], ['127.0.0.2'])
  })

  test('B.14 a certificate of another name is refused, and so is one that nobody vouches for', async () => {
    const before = names.length
    assert.equal((await ask('other.example')).code, 'ERR_TLS_CERT_ALTNAME_INVALID')
    const nobody = join(folder, 'nobody.pem')
    await writeFile(nobody, makeCertificate('files.example').cert)
    assert.match((await ask('files.example', nobody)).code, /SELF_SIGNED|UNABLE_TO_VERIFY|SIGNATURE/)
    assert.equal(names.length, before, 'nothing was asked')
  })
})
