// A certificate for tests, made on the spot: self-signed, for the names given, valid today. No file and no program is needed.

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

const [INTEGER, BITS, OCTETS, OID, UTF8, TIME, SEQUENCE, SET] = [
  0x02, 0x03, 0x04, 0x06, 0x0c, 0x17, 0x30, 0x31,
]
const context = (number, constructed = 0x20) => 0x80 | constructed | number

/** One DER value: tag, length, content. */
function der(tag, ...parts) {
  const content = Buffer.concat(parts.map(part => Buffer.from(part)))
  const { length } = content
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

// 1.2.840.10045.4.3.2 (ECDSA with SHA-256), 2.5.4.3 (common name), 2.5.29.17 (alternative names), 2.5.29.19 (constraints)
const ecdsa = der(SEQUENCE, der(OID, [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]))
const commonName = der(OID, [0x55, 0x04, 0x03])
const alternativeNames = der(OID, [0x55, 0x1d, 0x11])
const basicConstraints = der(OID, [0x55, 0x1d, 0x13])

function time(days) {
  const text = new Date(Date.now() + days * 86_400_000).toISOString()
  return der(TIME, `${text.replace(/[-:T]/g, '').slice(2, 14)}Z`)
}

/** Key and certificate in PEM; the certificate is its own authority. `names` are DNS names. */
export function makeCertificate(...names) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = der(SEQUENCE, der(SET, der(SEQUENCE, commonName, der(UTF8, names[0]))))
  const alternatives = der(SEQUENCE, ...names.map(known => der(context(2, 0), known)))
  const authority = der(SEQUENCE, der(0x01, [0xff]))
  const body = der(
    SEQUENCE,
    der(context(0), der(INTEGER, [2])),
    der(INTEGER, [1, ...randomBytes(8)]),
    ecdsa,
    name,
    der(SEQUENCE, time(-1), time(2)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      context(3),
      der(
        SEQUENCE,
        der(SEQUENCE, alternativeNames, der(OCTETS, alternatives)),
        der(SEQUENCE, basicConstraints, der(0x01, [0xff]), der(OCTETS, authority)),
      ),
    ),
  )
  const certificate = der(SEQUENCE, body, ecdsa, der(BITS, [0], sign('sha256', body, privateKey)))
  const lines = certificate.toString('base64').match(/.{1,64}/g)
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
  }
}
