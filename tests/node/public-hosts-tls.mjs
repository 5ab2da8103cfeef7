// Run by public-hosts-tls.test.mjs with a certificate of its own trusted: asks for the URL given, whose host is said to be at 127.0.0.2.

import { publicFetch } from '../../pkg/fetch.public.js'

const [url] = process.argv.slice(2)
let resolved = 0
const ask = publicFetch({
  resolve: async () => {
    resolved++
    return [{ address: '127.0.0.2', family: 4 }]
  },
  isPublic: address => address === '127.0.0.2',
})
try {
  const answers = []
  for (let asked = 0; asked < 3; asked++) answers.push(await (await ask(url)).text())
  console.log(JSON.stringify({ answers, resolved }))
} catch (error) {
  console.log(JSON.stringify({ code: error.code ?? error.cause?.code, message: error.message, resolved }))
}
process.exit()
