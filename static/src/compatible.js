// A worker: the file of key and certificates as old programs read it (3DES, SHA-1).
import forge from "node-forge/lib/forge.js";
import "node-forge/lib/pkcs12.js";
import "node-forge/lib/rsa.js";

const { asn1, pki, pkcs12 } = forge;
const ROUNDS = 10_000; // about a second of its own arithmetic

const parsed = (bytes) => asn1.fromDer(forge.util.binary.raw.encode(new Uint8Array(bytes)));
const written = (tree) => asn1.toDer(tree).getBytes();

// Certificates go in and come out as they are: written anew from what was understood they might differ.
pki.certificateToAsn1 = ({ tree }) => tree;
pki.certificateFromAsn1 = (tree) => ({ tree });

const makeFile = ({ key, chain, name, password }) => {
  const certificates = chain.map((der) => ({ tree: parsed(der) }));
  const file = pkcs12.toPkcs12Asn1(pki.privateKeyFromAsn1(parsed(key)), certificates, password, {
    algorithm: "3des",
    count: ROUNDS,
    friendlyName: name,
    generateLocalKeyId: true,
  });
  const opened = pkcs12.pkcs12FromAsn1(asn1.fromDer(written(file)), password);
  const found = opened.getBags({ bagType: pki.oids.certBag })[pki.oids.certBag];
  if (!found.every((bag, at) => written(bag.cert.tree) === written(certificates[at].tree))) throw new Error("the file differs");
  return forge.util.binary.raw.decode(written(file)).buffer;
};

self.addEventListener("message", ({ data }) => {
  const made = makeFile(data);
  self.postMessage(made, [made]);
});
