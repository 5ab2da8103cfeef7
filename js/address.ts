/** Which IP addresses are public: reachable by everybody alike, and nobody's own network or machine. */

/** First address and prefix length of what is not: IANA's special-purpose registry, multicast and reserved space. */
const PRIVATE_4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

/** Of 2000::/3, which is all that is public in IPv6. */
const PRIVATE_6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
]

/** Whether the address, as the platform writes it, is public. What is no address is not. */
export function isPublicAddress(address: string): boolean {
  const four = parse4(address)
  if (four !== undefined) return isPublic4(four)
  const six = parse6(address)
  return six !== undefined && isPublic6(six)
}

function isPublic4(address: number): boolean {
  return !PRIVATE_4.some(([first, bits]) => (address ^ (parse4(first) ?? 0)) >>> (32 - bits) === 0)
}

function isPublic6(words: readonly number[]): boolean {
  const inner = embedded4(words)
  if (inner !== undefined) return isPublic4(inner)
  const [first = 0] = words
  if (first >>> 13 !== 1) return false
  return !PRIVATE_6.some(([start, bits]) => samePrefix(words, parse6(start) ?? [], bits))
}

/** The IPv4 address that packets to this one end up at: mapped, 6to4 or NAT64. */
function embedded4(words: readonly number[]): number | undefined {
  const at = (index: number): number => (((words[index] ?? 0) << 16) | (words[index + 1] ?? 0)) >>> 0
  if (samePrefix(words, [0, 0, 0, 0, 0, 0xffff], 96)) return at(6)
  if (samePrefix(words, [0x64, 0xff9b], 96)) return at(6)
  if (words[0] === 0x2002) return at(1)
  return undefined
}

function samePrefix(a: readonly number[], b: readonly number[], bits: number): boolean {
  for (let index = 0; index * 16 < bits; index++) {
    const unused = Math.max(0, 16 - (bits - index * 16))
    if (((a[index] ?? 0) ^ (b[index] ?? 0)) >>> unused !== 0) return false
  }
  return true
}

function parse4(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every(part => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined
  return parts.reduce((address, part) => address * 256 + Number(part), 0) >>> 0
}

/** The eight words; a zone (`%eth0`) makes it an address of this machine's own network. */
function parse6(text: string): number[] | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  const tail = dotted?.[2] === undefined ? undefined : parse4(dotted[2])
  if (dotted && tail === undefined) return undefined
  const plain =
    dotted && tail !== undefined
      ? `${dotted[1]}${(tail >>> 16).toString(16)}:${(tail & 0xffff).toString(16)}`
      : text
  const halves = plain.split('::')
  if (halves.length > 2) return undefined
  const [head = [], rest = []] = halves.map(half => (half === '' ? [] : half.split(':')))
  const missing = 8 - head.length - rest.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const words = [...head, ...Array<string>(Math.max(0, missing)).fill('0'), ...rest]
  if (!words.every(word => /^[0-9a-f]{1,4}$/i.test(word))) return undefined
  return words.map(word => parseInt(word, 16))
}
