// B.14: services that open what their users name must not be led to their own network.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isPublicAddress } from '../../pkg/address.js'
import { publicFetch } from '../../pkg/fetch.public.js'
import { open } from '../../pkg/index.node.js'
import { openIn } from '../../pkg/open.js'
import { browser } from '../../pkg/platform.browser.js'
import { createRuntime } from '../../pkg/runtime.js'

const isForbidden = pattern => error => {
  assert.equal(error.code, 'forbidden', error.stack)
  assert.match(error.message, pattern)
  return true
}

/** A server on that address; its handler gets request and response. */
async function serve(host, handler) {
  const requests = []
  const server = createServer((request, response) => {
    requests.push(request)
    handler(request, response)
  })
  await new Promise(listening => server.listen(0, host, listening))
  return {
    requests,
    port: server.address().port,
    close: () => {
      server.closeAllConnections()
      return new Promise(closed => server.close(closed))
    },
  }
}

/** 127.0.0.2 stands for the public network, 127.0.0.1 for the private one. */
const isPublic = address => address === '127.0.0.2'
const four = address => ({ address, family: 4 })

describe('B.14 private hosts', () => {
  test('B.14 addresses: public or not', () => {
    const table = {
      public: [
        '1.1.1.1',
        '8.8.8.8',
        '100.63.255.255',
        '100.128.0.0',
        '172.15.0.1',
        '172.32.0.1',
        '192.167.255.255',
        '223.255.255.255',
        '2606:4700:4700::1111',
        '2a00:1450:4001:80b::200e',
        '::ffff:8.8.8.8',
        '::ffff:808:808',
        '64:ff9b::8.8.8.8',
        '2002:808:808::1',
      ],
      private: [
        '0.0.0.0',
        '10.1.2.3',
        '100.64.0.1',
        '127.0.0.1',
        '127.255.255.255',
        '169.254.169.254',
        '172.16.0.1',
        '172.31.255.255',
        '192.0.0.8',
        '192.168.1.1',
        '198.18.0.1',
        '203.0.113.5',
        '224.0.0.1',
        '240.0.0.1',
        '255.255.255.255',
        '::',
        '::1',
        '::127.0.0.1',
        '::8.8.8.8',
        '::ffff:127.0.0.1',
        '::ffff:a00:1',
        '0:0:0:0:0:ffff:10.0.0.1',
        '64:ff9b::10.0.0.1',
        '64:ff9b::7f00:1',
        '64:ff9b:1::808:808',
        '2002:7f00:1::',
        '2002:c0a8:101::1',
        '2001:0:808:808::1',
        '2001:db8::1',
        '3fff::1',
        'fc00::1',
        'fd12:3456::1',
        'fe80::1',
        'fe80::1%eth0',
        '2606:4700::1%eth0',
        'fec0::1',
        'ff02::1',
        '4000::1',
        '',
        'localhost',
        '1.2.3',
        '1.2.3.256',
        ':::',
        '1::2::3',
        '1:2:3:4:5:6:7:8:9',
        '::1.2.3',
      ],
    }
    for (const address of table.public) assert.equal(isPublicAddress(address), true, address)
    for (const address of table.private) assert.equal(isPublicAddress(address), false, address)
  })

  test('B.14 hosts in decimal, octal, hex and IPv6 forms are what the URL parser makes of them', async () => {
    const hosts = [
      '127.0.0.1',
      '2130706433',
      '0177.0.0.1',
      '0x7f.1',
      '0x7f000001',
      '127.1',
      '0',
      '169.254.169.254',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '[64:ff9b::7f00:1]',
      '①②⑦.0.0.1',
      'user:pass@127.0.0.1',
    ]
    for (const host of hosts) {
      const opening = open(`http://${host}:9/a.tif`, { publicHostsOnly: true })
      await assert.rejects(opening, isForbidden(/no public address/), host)
    }
    await assert.rejects(
      open('http://localhost:9/a.tif', { publicHostsOnly: true }),
      isForbidden(/127\.0\.0\.1|::1/),
    )
  })

  test('B.14 paths and other schemes are refused, and so are sidecars of that kind', async () => {
    const path = fileURLToPath(new URL('../fixtures/data/cog_2048.tif', import.meta.url))
    for (const source of [path, new URL(`file://${path}`), 'data:,x', 'blob:nodedata:1', 'relative.tif'])
      await assert.rejects(open(source, { publicHostsOnly: true }), isForbidden(/http or https/))
    const bytes = await readFile(path)
    await assert.rejects(open(bytes, { overviews: path, publicHostsOnly: true }), isForbidden(/overviews/))
    const raster = await open(bytes, { publicHostsOnly: true })
    assert.equal(raster.width, 2048)
    raster.close()
  })

  test('B.14 a name with a public and a private address is refused whole', async () => {
    for (const addresses of [['127.0.0.2', '127.0.0.1'], ['127.0.0.1', '127.0.0.2'], ['127.0.0.1']]) {
      const fetch = publicFetch({ resolve: async () => addresses.map(four), isPublic })
      await assert.rejects(fetch('http://mixed.test:9/'), isForbidden(/mixed\.test.*127\.0\.0\.1/))
    }
    const nameless = publicFetch({ resolve: async () => [], isPublic })
    await assert.rejects(nameless('http://nobody.test/'), { code: 'ENOTFOUND' })
  })

  test('B.14 rebinding: the name is resolved once per connection, and the connection is to what was checked', async () => {
    const server = await serve('127.0.0.2', (request, response) => response.end(request.headers.host))
    try {
      let looks = 0
      // Public when it is checked, private whenever anybody looks again.
      const resolve = async () => [four(++looks === 1 ? '127.0.0.2' : '127.0.0.1')]
      const fetch = publicFetch({ resolve, isPublic })
      const response = await fetch(`http://rebinding.test:${server.port}/`)
      assert.equal(await response.text(), `rebinding.test:${server.port}`)
      assert.equal(looks, 1)
      assert.equal(server.requests[0].socket.localAddress, '127.0.0.2')
    } finally {
      await server.close()
    }
  })

  test('B.14 whatever way an address was come by: nothing is sent to a private one', async () => {
    const server = await serve('127.0.0.1', (_, response) => response.end('secret'))
    try {
      // A check that is wrong the first time stands for a platform that connects to something else.
      let checks = 0
      const fetch = publicFetch({ resolve: async () => [four('127.0.0.1')], isPublic: () => ++checks === 1 })
      await assert.rejects(
        fetch(`http://odd.test:${server.port}/`),
        isForbidden(/its connection goes to 127\.0\.0\.1/),
      )
      assert.equal(server.requests.length, 0)
    } finally {
      await server.close()
    }
  })

  test('B.14 every redirect is checked again, their number is bounded, secrets stay with their host', async () => {
    let to = ''
    const server = await serve('127.0.0.2', (request, response) => {
      if (request.url === '/end') return response.end(JSON.stringify(request.headers))
      response.writeHead(302, { location: to }).end()
    })
    try {
      const resolve = async host => [four(host.startsWith('private') ? '127.0.0.1' : '127.0.0.2')]
      const fetch = publicFetch({ resolve, isPublic })
      const url = `http://public.test:${server.port}/`
      const wrong = [
        'http://127.0.0.1/',
        'http://[::1]/',
        'http://private.test/',
        'file:///etc/passwd',
        'ftp://x.test/',
      ]
      for (to of wrong) await assert.rejects(fetch(url), isForbidden(/publicHostsOnly/), to)
      to = 'http://'
      await assert.rejects(fetch(url), isForbidden(/which is no URL/))
      to = '/again'
      server.requests.length = 0
      await assert.rejects(fetch(url), isForbidden(/more than 5 redirects/))
      assert.equal(server.requests.length, 6)
      const headers = { authorization: 'me', range: 'bytes=0-1' }
      to = '/end'
      const same = await (await fetch(url, { headers })).json()
      assert.deepEqual([same.authorization, same.range], ['me', 'bytes=0-1'])
      to = `http://other.test:${server.port}/end`
      const other = await (await fetch(url, { headers })).json()
      assert.deepEqual([other.authorization, other.range], [undefined, 'bytes=0-1'])
    } finally {
      await server.close()
    }
  })

  test('B.14 a raster is read through it, its sidecar too; an abort ends a request', async () => {
    const folder = new URL('../../examples/scene/', import.meta.url)
    const server = await serve('127.0.0.2', async (request, response) => {
      if (request.url === '/slow') return
      const bytes = await readFile(new URL(request.url.slice(1), folder))
      const [, first, last] = /bytes=(\d+)-(\d+)/.exec(request.headers.range).map(Number)
      const body = bytes.subarray(first, last + 1)
      const range = `bytes ${first}-${first + body.length - 1}/${bytes.length}`
      response.writeHead(206, { 'content-range': range, 'content-length': body.length }).end(body)
    })
    try {
      const fetch = publicFetch({ resolve: async () => [four('127.0.0.2')], isPublic })
      const raster = await open(`http://public.test:${server.port}/scene.tif`, { fetch })
      const levels = await raster.levels()
      assert.equal(levels[1].file, 'sidecar')
      const [byName, byPath] = [
        await raster.read({ level: 1 }),
        await (await open(fileURLToPath(new URL('scene.tif', folder)))).read({ level: 1 }),
      ]
      assert.deepEqual(byName.data, byPath.data)
      raster.close()
      const controller = new AbortController()
      const slow = fetch(`http://public.test:${server.port}/slow`, { signal: controller.signal })
      controller.abort(new Error('enough'))
      await assert.rejects(slow, { message: 'enough' })
    } finally {
      await server.close()
    }
  })

  test('B.14 in browsers it is an unsupported error; beside a fetch of the own it is a wrong argument', async () => {
    const opening = openIn(createRuntime(browser), 'https://a.test/a.tif', { publicHostsOnly: true })
    await assert.rejects(opening, { code: 'unsupported', detail: { name: 'publicHostsOnly' } })
    const both = { publicHostsOnly: true, fetch: globalThis.fetch }
    await assert.rejects(open('https://a.test/a.tif', both), { code: 'invalid_argument' })
    await assert.rejects(open('https://a.test/a.tif', { publicHostsOnly: 1 }), { code: 'invalid_argument' })
  })
})
