import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { makeCertificate } from './certificate.mjs'

test('a certificate is its own authority, for its names alone, today', () => {
  const { cert } = makeCertificate('files.example', 'localhost')
  const parsed = new X509Certificate(cert)
  assert.ok(parsed.verify(parsed.publicKey))
  assert.ok(parsed.ca)
  assert.equal(parsed.subject, 'CN=files.example')
  assert.equal(parsed.checkHost('files.example'), 'files.example')
  assert.equal(parsed.checkHost('localhost'), 'localhost')
  assert.equal(parsed.checkHost('other.example'), undefined)
  assert.ok(new Date(parsed.validFrom) < new Date() && new Date() < new Date(parsed.validTo))
  assert.notEqual(makeCertificate('a').cert, makeCertificate('a').cert)
})
