import 'reflect-metadata';
import { createHash, webcrypto } from 'node:crypto';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { readIfThere, writePrivateFile } from './privateFiles';

/** What the pilots' port shows, and what pilots pin. */
export interface ICertificate {
  /** PEM. */
  readonly key: string;
  readonly certificate: string;
  /** SHA-256 of the certificate's DER, hex. */
  readonly fingerprint: string;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** It is pinned by its fingerprint, so its dates only must not come in the way. */
const VALID_YEARS = 50;

/**
 * The bridge's certificate: `tls.key` and `tls.crt` in the state folder, made
 * once and kept, since pilots in the queue have its fingerprint.
 */
export async function ensureCertificate(stateFolder: string, nowMs: number): Promise<ICertificate> {
  const keyPath = join(stateFolder, 'tls.key');
  const certificatePath = join(stateFolder, 'tls.crt');
  const key = readIfThere(keyPath);
  const certificate = readIfThere(certificatePath);
  if (key !== null && certificate !== null) {
    return { key, certificate, fingerprint: fingerprint(certificate) };
  }
  const made = await makeCertificate(nowMs);
  writePrivateFile(keyPath, made.key);
  writePrivateFile(certificatePath, made.certificate);
  return { ...made, fingerprint: fingerprint(made.certificate) };
}

function fingerprint(pem: string): string {
  const der = Buffer.from(new x509.X509Certificate(pem).rawData);
  return createHash('sha256').update(der).digest('hex');
}

async function makeCertificate(nowMs: number): Promise<{ key: string; certificate: string }> {
  x509.cryptoProvider.set(webcrypto as Crypto);
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const notBefore = new Date(nowMs - 24 * 3600 * 1000);
  const notAfter = new Date(nowMs);
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + VALID_YEARS);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=pilothouse bridge',
    notBefore,
    notAfter,
    signingAlgorithm: ALGORITHM,
    keys: keys as CryptoKeyPair,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'pilothouse' }])
    ]
  });
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'),
    certificate: certificate.toString('pem')
  };
}
