// The key pair, the request for its certificate, and the key locked by the file's password.
import { PrintableString } from "asn1js";
import { AttributeTypeAndValue, Certificate, CertificationRequest } from "pkijs";

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const AES = { name: "AES-GCM", length: 256 };
const ROUNDS = 600_000; // what OWASP asks for of PBKDF2 with SHA-256
const COMMON_NAME = "2.5.4.3";

/** Whether two buffers hold the same bytes. */
export const same = (one, other) => {
  const [a, b] = [new Uint8Array(one), new Uint8Array(other)];
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
};

export const toBase64 = (buffer) => btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));

export const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** A pair that can leave WebCrypto once: into the file. */
export const newPair = () =>
  crypto.subtle.generateKey({ ...RSA, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, true, ["sign", "verify"]);

/** The request as PEM. It names the order's number and nobody. */
export const requestOf = async (pair, order) => {
  const request = new CertificationRequest();
  request.subject.typesAndValues.push(
    new AttributeTypeAndValue({ type: COMMON_NAME, value: new PrintableString({ value: order }) }),
  );
  request.attributes = [];
  await request.subjectPublicKeyInfo.importKey(pair.publicKey);
  await request.sign(pair.privateKey, "SHA-256");
  const lines = toBase64(request.toSchema(true).toBER(false)).match(/.{1,64}/g).join("\n");
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines}\n-----END CERTIFICATE REQUEST-----\n`;
};

/** The SubjectPublicKeyInfo of a certificate, both as DER. */
export const publicKeyOf = (certificate) => Certificate.fromBER(certificate).subjectPublicKeyInfo.toSchema().toBER(false);

const lockOf = async (password, { salt, rounds }) => {
  const typed = await crypto.subtle.importKey("raw", new TextEncoder().encode(password), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey({ name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds }, typed, AES, false, ["wrapKey", "unwrapKey"]);
};

/** What the browser keeps of a pair: the key locked by the password, the public key, the request. */
export const locked = async (pair, password, order) => {
  const lock = { salt: crypto.getRandomValues(new Uint8Array(16)), rounds: ROUNDS };
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const by = await lockOf(password, lock);
  const publicKey = await crypto.subtle.exportKey("spki", pair.publicKey);
  return {
    order,
    id: toBase64(await crypto.subtle.digest("SHA-256", publicKey)),
    ...lock,
    iv,
    key: await crypto.subtle.wrapKey("pkcs8", pair.privateKey, by, { name: AES.name, iv }),
    publicKey,
    request: await requestOf(pair, order),
  };
};

/** The private key again, or null where the password is another. */
export const unlocked = async (kept, password) => {
  const by = await lockOf(password, kept);
  try {
    return await crypto.subtle.unwrapKey("pkcs8", kept.key, by, { name: AES.name, iv: kept.iv }, RSA, true, ["sign"]);
  } catch {
    return null;
  }
};
